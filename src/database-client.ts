import type { AbstractPod } from 'cdk8s-plus-28';
import { textOf } from './plan/texts';

/** On every pod of a workload of cdk8s-plus, and on no other. */
const ADDRESS_LABEL = 'cdk8s.io/metadata.addr';

/** Where the pods of a client are. */
export interface DatabaseClientPodsOptions {
  /**
   * Namespace of the pods.
   * @default - the namespace of the database, for a database of another program that of the chart
   */
  readonly namespaceName?: string;
}

/**
 * The other end of a connection with the database's pods, as a NetworkPolicy can tell it.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/network-policies/#behavior-of-to-and-from-selectors
 */
export class DatabaseClient {
  /**
   * Pods that have all of these labels.
   *
   * @param labels labels of the pods, at least one
   * @param options where the pods are
   */
  public static pods(labels: { [key: string]: string }, options: DatabaseClientPodsOptions = {}): DatabaseClient {
    return new DatabaseClient('pods', { ...labels }, options?.namespaceName, '');
  }

  /**
   * Every pod of a namespace.
   *
   * @param name name of the namespace
   */
  public static inNamespace(name: string): DatabaseClient {
    return new DatabaseClient('namespace', {}, textOf(name), '');
  }

  /**
   * Addresses outside of the cluster. Whether pods are recognised by address too depends on the network plugin.
   *
   * @param addresses an IPv4 or IPv6 range, such as `10.20.0.0/16`
   */
  public static cidr(addresses: string): DatabaseClient {
    return new DatabaseClient('range', {}, undefined, textOf(addresses));
  }

  /**
   * The pods of a Deployment, StatefulSet, DaemonSet, Job, CronJob or Pod of cdk8s-plus-28. Pods of other lines of cdk8s-plus are named by `pods`.
   *
   * @param workload the workload
   */
  public static workload(workload: AbstractPod): DatabaseClient {
    // Untyped callers and other languages say null too.
    if (workload?.podMetadata === undefined) throw new Error(`workload: ${String(workload)} is no workload of cdk8s-plus; use DatabaseClient.pods for others`);
    const address = workload.podMetadata.getLabel(ADDRESS_LABEL);
    if (address == null) throw new Error(`${workload.node.path}: its pods have no label ${ADDRESS_LABEL}, by which workloads of cdk8s-plus are known; use DatabaseClient.pods`);
    return new DatabaseClient('pods', { [ADDRESS_LABEL]: address }, workload.metadata.namespace, '');
  }

  /** @internal */
  public readonly _kind: 'pods' | 'namespace' | 'range';

  /** @internal */
  public readonly _labels: Readonly<Record<string, string>>;

  /** @internal */
  public readonly _namespaceName: string | undefined;

  /** @internal */
  public readonly _addresses: string;

  private constructor(kind: 'pods' | 'namespace' | 'range', labels: Record<string, string>, namespaceName: string | undefined, addresses: string) {
    this._kind = kind;
    this._labels = labels;
    this._namespaceName = namespaceName;
    this._addresses = addresses;
  }
}
