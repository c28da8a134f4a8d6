import { serverStatus } from './database';
import type { Manifest, Namespace } from './namespace';
import { NodeShell } from './node';
import type { Instance, Replicas } from './replicas';
import { until } from './wait';

/** The label of pods that reach every server whatever is cut. */
export const CLIENT = { role: 'client' };

/** A network between one pod and its peers that is cut. The database must have no policies of its own: what one of them allows is allowed. */
export class Cut {
  /** Ends what is connected already, which a policy may leave alone. */
  public static async off(database: Replicas, ordinal: number): Promise<Cut> {
    const cut = new Cut(database, database.instance(ordinal));
    await database.namespace.apply([cut.policy()]);
    await until(`${cut.instance.pod} is cut off`, 60, async () => (await cut.instance.sql(ENDED)) === '0' && (await cut.instance.sql(CONNECTED)) === '0');
    return cut;
  }

  /** What a test that failed has left. */
  public static async healAll(namespace: Namespace): Promise<void> {
    await namespace.run(['delete', 'networkpolicy', '--selector', 'fault=cut']);
  }

  private constructor(private readonly database: Replicas, public readonly instance: Instance) {}

  public async heal(): Promise<void> {
    await this.database.namespace.run(['delete', 'networkpolicy', this.policy().metadata.name, '--ignore-not-found']);
  }

  private policy(): Manifest {
    return {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: `cut-${this.instance.pod}`, labels: { fault: 'cut' } },
      spec: {
        podSelector: { matchLabels: { 'statefulset.kubernetes.io/pod-name': this.instance.pod } },
        policyTypes: ['Ingress', 'Egress'],
        ingress: [{ from: [{ podSelector: { matchLabels: CLIENT } }] }],
        egress: [],
      },
    };
  }
}

const CONNECTED = 'SELECT count(*) FROM pg_stat_activity WHERE usename = \'replicator\'';
const ENDED = 'SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = \'replicator\'';

/** A pod whose kubelet brings it no new topology, as one that has lost the API server. Nothing else is kept from it. */
export class StaleTopology {
  public static async of(instance: Instance): Promise<StaleTopology> {
    const pod = await instance.findPod();
    const folder = `/var/lib/kubelet/pods/${pod.metadata.uid}/volumes/kubernetes.io~configmap/topology`;
    const stale = new StaleTopology(await NodeShell.create(pod.spec.nodeName), folder);
    // the kubelet writes here, and the container sees what is below
    await stale.node.run('mount -t tmpfs stale "$1"', folder);
    return stale;
  }

  private constructor(private readonly node: NodeShell, private readonly folder: string) {}

  /** The next time the kubelet looks, it brings what there is. */
  public async end(): Promise<void> {
    await this.node.run('umount "$1"', this.folder);
    await this.node.delete();
  }
}

/** A server that is down while its pod lives, and stays so through restarts. */
export class Hold {
  public static async of(instance: Instance): Promise<Hold> {
    await instance.exec('touch', HOLD);
    await until(`${instance.pod} is held`, 60, async () => (await instance.state()).includes('state=held'));
    return new Hold(instance);
  }

  private constructor(private readonly instance: Instance) {}

  public async release(): Promise<void> {
    await this.instance.exec('rm', '-f', HOLD);
  }
}

const HOLD = '/var/lib/postgresql/cdk8s-postgres.hold';

/** Which pods and which of their containers these are: a switchover changes none. */
export async function containersOf(database: Replicas): Promise<unknown[]> {
  return (await database.pods()).map((pod) => [pod.metadata.uid, serverStatus(pod).restartCount]);
}
