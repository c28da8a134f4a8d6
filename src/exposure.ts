/** What a node does with traffic from outside for a pod that runs on another node. */
export enum ExternalTrafficPolicy {
  /** Only the node of the pod answers. The server and the NetworkPolicy see the addresses of the clients. */
  LOCAL = 'Local',
  /** Every node answers and passes it on. The server sees addresses of nodes, and for the most part the NetworkPolicy does too. */
  CLUSTER = 'Cluster',
}

/** How clients outside of the cluster reach the database, whatever the kind of Service. */
export interface ExposureOptions {
  /**
   * Addresses of the clients, such as `203.0.113.0/24`. None may lie inside another one.
   * @default - none, which is an error (PG2102) unless `acknowledgeAnySource` is set, as it is with `0.0.0.0/0` and `::/0`, and with ranges that are the same together
   */
  readonly sourceRanges?: string[];

  /**
   * What a node does with traffic for a pod on another node.
   * @default ExternalTrafficPolicy.LOCAL
   * @see https://kubernetes.io/docs/tasks/access-application-cluster/create-external-load-balancer/#preserving-the-client-source-ip
   */
  readonly trafficPolicy?: ExternalTrafficPolicy;

  /**
   * Addresses by which nodes reach pods of other nodes: their own, or with many overlay networks those of the tunnels. With
   * `ExternalTrafficPolicy.CLUSTER` the NetworkPolicy lets them in beside the source ranges, since it may not see the clients; without
   * source ranges it lets in them alone. With `ExternalTrafficPolicy.LOCAL` they are an error (PG2110).
   * @default - none
   */
  readonly nodeRanges?: string[];

  /**
   * Annotations of the Service: what the cloud's or the cluster's load balancer reads.
   * @default - only those of the database
   */
  readonly annotations?: { [key: string]: string };

  /**
   * Passwords and rows may be read on the way, since TLS is off or optional. Without it that is an error (PG2101).
   * @default false
   */
  readonly acknowledgePlainText?: boolean;

  /**
   * Anybody who reaches the Service may try to log in. Without it, no source ranges, or ranges that have every address of a family in them,
   * are an error (PG2102), and so are those of a load balancer that its port of the nodes (PG2107) or a family of addresses without a range
   * (PG2111) leads around.
   * @default false
   */
  readonly acknowledgeAnySource?: boolean;
}

/** A LoadBalancer for clients outside of the cluster. */
export interface LoadBalancerOptions extends ExposureOptions {
  /**
   * Which load balancer. Immutable in Kubernetes.
   * @default - the cluster's default
   * @see https://kubernetes.io/docs/concepts/services-networking/service/#load-balancer-class
   */
  readonly loadBalancerClass?: string;

  /**
   * Port of the load balancer.
   * @default 5432
   */
  readonly port?: number;

  /**
   * Whether the nodes have a port for the load balancer, as with `Exposure.nodePort`. Many load balancers of clouds send to it; those that
   * reach the pods or the Service themselves do without, such as MetalLB and Cilium. The load balancer's source ranges do not hold there: unless the
   * NetworkPolicy sees the clients' addresses, as it does with `ExternalTrafficPolicy.LOCAL`, they are an error (PG2107) without `false` here
   * or `acknowledgeAnySource`. A Service that has a port keeps it with `false`, until it is taken away by hand or the Service is deleted.
   * @default - the cluster's default, which is true
   * @see https://kubernetes.io/docs/concepts/services-networking/service/#load-balancer-nodeport-allocation
   */
  readonly allocateNodePorts?: boolean;
}

/** A port of every node for clients outside of the cluster. */
export interface NodePortOptions extends ExposureOptions {
  /**
   * Port of the nodes, in the cluster's range of node ports, which is 30000 to 32767 unless its administrator has changed it.
   * @default - a free one, which Kubernetes chooses once
   * @see https://kubernetes.io/docs/concepts/services-networking/service/#type-nodeport
   */
  readonly port?: number;
}

/**
 * How clients outside of the cluster reach the database. The Service `<name>` stays inside; they get one of their own, `<name>-external`.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types
 */
export class Exposure {
  /** Not at all. */
  public static clusterIp(): Exposure {
    return new Exposure('clusterIp', {}, undefined, undefined, undefined, undefined);
  }

  /**
   * By a load balancer.
   *
   * @param options who may, and how
   */
  public static loadBalancer(options: LoadBalancerOptions = {}): Exposure {
    return new Exposure('loadBalancer', options, options?.loadBalancerClass, options?.port, undefined, options?.allocateNodePorts);
  }

  /**
   * By a port of the nodes.
   *
   * @param options who may, and how
   */
  public static nodePort(options: NodePortOptions = {}): Exposure {
    return new Exposure('nodePort', options, undefined, undefined, options?.port, undefined);
  }

  /** @internal */
  public readonly _kind: 'clusterIp' | 'loadBalancer' | 'nodePort';

  /** @internal */
  public readonly _options: ExposureOptions;

  /** @internal */
  public readonly _loadBalancerClass: string | undefined;

  /** @internal */
  public readonly _port: number | undefined;

  /** @internal */
  public readonly _nodePort: number | undefined;

  /** @internal */
  public readonly _allocateNodePorts: boolean | undefined;

  private constructor(
    kind: 'clusterIp' | 'loadBalancer' | 'nodePort', options: ExposureOptions, loadBalancerClass: string | undefined, port: number | undefined,
    nodePort: number | undefined, allocateNodePorts: boolean | undefined,
  ) {
    this._kind = kind;
    this._options = options ?? {};
    this._loadBalancerClass = loadBalancerClass;
    this._port = port;
    this._nodePort = nodePort;
    this._allocateNodePorts = allocateNodePorts;
  }
}
