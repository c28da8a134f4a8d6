import { Database, Declare, isReady, PASSWORD, Props } from './database';
import type { Namespace } from './namespace';
import { until } from './wait';

/** What a database with replicas needs in its Secret. */
export const SECRET = { 'password': PASSWORD, 'replication-password': 'copies: all\\of it' };

/** One of the pods, by its ordinal. */
export class Instance extends Database {
  public override readonly pod: string;

  public constructor(whole: Database, public readonly ordinal: number) {
    super(whole.namespace, whole.name);
    this.pod = `${whole.name}-${ordinal}`;
  }

  /** What its state file says, as a whole. */
  public async state(): Promise<string> {
    return this.exec('cat', '/run/cdk8s-postgres/state');
  }

  /** Deletes the pod, and waits for the next one. */
  public async replace(seconds = 120): Promise<any> {
    const { metadata: { uid } } = await this.findPod();
    await this.namespace.run(['delete', 'pod', this.pod]);
    return this.ready({ notUid: uid, seconds });
  }

  public async isReady(): Promise<boolean> {
    return isReady(await this.findPod());
  }
}

/** What the pods of servers have, and those of Jobs do not. */
const SERVERS = 'cdk8s-postgres/component=server';

/** One database of several pods. Of itself it answers as the pod that is declared to be the primary. */
export class Replicas extends Database {
  public override readonly pod: string;
  /** Of the declared primary. */
  public readonly ordinal: number;

  public constructor(namespace: Namespace, name: string, props: Props = {}, declare?: Declare) {
    super(namespace, name, props, declare);
    this.ordinal = props.primaryOrdinal ?? 0;
    this.pod = `${name}-${this.ordinal}`;
  }

  /** The same database with its primary elsewhere, and what else is changed of its program. */
  public movedTo(primaryOrdinal: number, changes: Props = {}): Replicas {
    return new Replicas(this.namespace, this.name, { ...this.props, ...changes, primaryOrdinal }, this.declare);
  }

  /** As `refresh`, of all pods. */
  public async refreshAll(): Promise<void> {
    const selector = `cdk8s-postgres/cluster=${this.name},${SERVERS}`;
    await this.namespace.run(['annotate', 'pod', '--selector', selector, '--overwrite', `tests/refreshed=${Date.now()}`]);
  }

  public instance(ordinal: number): Instance {
    return new Instance(this, ordinal);
  }

  /** With its Secret, until every replica streams. */
  public override async start(changes: Props = {}): Promise<void> {
    await this.namespace.secret(`${this.name}-credentials`, SECRET);
    await this.apply(changes);
    await this.streaming((this.manifests(changes).find(({ kind }) => kind === 'StatefulSet')!.spec.replicas as number) - 1);
  }

  /** Ordinals of the replicas that the primary sends to, and whose pods are ready. */
  public async followers(): Promise<number[]> {
    const names = await this.sql('SELECT application_name FROM pg_stat_replication WHERE state = \'streaming\' ORDER BY 1');
    const ordinals = names.split('\n').filter((name) => /-\d+$/.test(name)).map((name) => Number(name.split('-').pop()));
    const ready = await Promise.all(ordinals.map((ordinal) => this.instance(ordinal).isReady()));
    return ordinals.filter((_, index) => ready[index]);
  }

  /** The primary is ready, and so many replicas follow it; no other pod is there. */
  public async streaming(replicas: number, seconds = 240): Promise<void> {
    await until(`${replicas} replicas of ${this.name} follow`, seconds, async () =>
      isReady(await this.findPod()) && (await this.followers()).length === replicas && (await this.pods()).length === replicas + 1);
  }

  public async pods(): Promise<any[]> {
    return this.namespace.list('pods', `cdk8s-postgres/cluster=${this.name},${SERVERS}`);
  }

  /** What a statement answers on every pod once the replicas have replayed what the primary has written. */
  public async everywhere(text: string, database = 'app'): Promise<string[]> {
    const end = await this.sql('SELECT pg_current_wal_lsn()');
    const pods = await this.pods();
    return Promise.all(pods.map(async ({ metadata }) => {
      const instance = this.instance(Number(metadata.name.split('-').pop()));
      await until(`${instance.pod} has replayed`, 60, async () => instance.pod === this.pod
        || (await instance.sql(`SELECT pg_last_wal_replay_lsn() >= '${end}'`)) === 't');
      return instance.sql(text, database);
    }));
  }
}
