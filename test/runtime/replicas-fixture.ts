import { Size, Testing } from 'cdk8s';
import { fromTemplate } from './replicas-template';
import { Credentials, Locale, PostgresImage, PostgresStatefulSet, PostgresStatefulSetProps, PostgresVersion, Storage } from '../../src';
import { Cluster, ClusterOptions } from '../support/cluster';
import { KubernetesObject } from '../support/pod-from-manifests';
import { Server } from '../support/servers';

const versions: Readonly<Record<number, PostgresVersion>> = {
  15: PostgresVersion.V15, 16: PostgresVersion.V16, 17: PostgresVersion.V17, 18: PostgresVersion.V18,
};

export const passwords = {
  password: 'orders-secret', superuserPassword: 'super-secret', backupPassword: 'backup-secret', replicationPassword: 'it\'s "$REPLICATION" \\ a:b@c %41',
};

/** What the library synthesizes for a server with replicas that is small enough for several on one machine. */
export function synthesize(server: Server, props: Partial<PostgresStatefulSetProps> = {}): KubernetesObject[] {
  const chart = Testing.chart();
  new PostgresStatefulSet(chart, 'orders-db', {
    version: versions[server.major],
    image: PostgresImage.custom({ image: 'registry.example.com/postgres:1', runAsUser: 999 }),
    instances: 3,
    credentials: Credentials.unsafePlainText(passwords),
    storage: Storage.persistent(Size.gibibytes(2)),
    // what the tested server lacks is not what these tests are about
    initdb: server.can.builtinLocale || server.can.icu ? undefined : { locale: Locale.libc('C.UTF-8') },
    ...props,
    parameters: { shared_buffers: '16MB', max_wal_size: '128MB', min_wal_size: '32MB', ...props.parameters },
  });
  return Testing.synth(chart) as KubernetesObject[];
}

type Props = Partial<PostgresStatefulSetProps>;

/** Pods of that program, not waited for. */
export async function cluster(server: Server, props: Props = {}, options: Partial<ClusterOptions> = {}): Promise<Cluster> {
  return Cluster.start({ server, manifests: synthesize(server, props), ...options });
}

/** Pods of that program, all replicas streaming; what their logs say of the first start may be missing. */
export async function streaming(server: Server, props: Props = {}, options: Partial<ClusterOptions> = {}): Promise<Cluster> {
  const { instances = 3, ...others } = props;
  if (Object.keys({ ...others, ...options }).length === 0) {
    return fromTemplate(`${server.major}-${instances}`, { server, manifests: synthesize(server, props) });
  }
  const pods = await cluster(server, props, options);
  await pods.waitForStreaming({ timeout: 180_000 });
  return pods;
}

/** Writes rows that every pod must have in the end, as soon as the primary takes them. */
export async function write(pods: Cluster, count: number): Promise<void> {
  await pods.waitFor(async () => pods.sql(pods.primary, 'SELECT 1'), { timeout: 60_000, what: 'a primary that serves' });
  await pods.sql(pods.primary, `CREATE TABLE IF NOT EXISTS kept (id serial PRIMARY KEY);\nINSERT INTO kept SELECT nextval('kept_id_seq') FROM generate_series(1, ${count});`);
}

/** Three pods with ten rows, which all of them have. */
export async function filled(server: Server): Promise<Cluster> {
  const pods = await streaming(server);
  await write(pods, 10);
  await pods.waitForStreaming();
  return pods;
}

/** How many there are, and their sum. */
export async function rows(pods: Cluster, ordinal: number): Promise<string> {
  return pods.sql(ordinal, 'SELECT count(*), sum(id) FROM kept');
}

/** Uses up that many files of the write-ahead log, of 16 MiB each, and recycles those that nobody needs; replicas that stream keep up. */
export async function writeSegments(pods: Cluster, count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    const end = await pods.sql(pods.primary, "SELECT FROM pg_logical_emit_message(true, 'test', 'filled');\nSELECT pg_switch_wal();");
    const behind = `SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND flush_lsn < '${end.trim()}'`;
    await pods.waitFor(async () => await pods.sql(pods.primary, behind) === '0', { timeout: 60_000, what: 'replicas that keep up' });
    await pods.sql(pods.primary, 'CHECKPOINT');
  }
}

/** What a pod's server says of itself: whether it follows, its timeline, and since when it runs. */
export async function self(pods: Cluster, ordinal: number): Promise<{ standby: boolean; timeline: number; since: string }> {
  const said = await pods.sql(ordinal, 'SELECT pg_is_in_recovery(), timeline_id, pg_postmaster_start_time() FROM pg_control_checkpoint()');
  const [standby, timeline, since] = said.split('|');
  return { standby: standby === 't', timeline: Number(timeline), since };
}

/** Waits until a pod is ready. */
export async function ready(pods: Cluster, ordinal: number, timeout = 60_000): Promise<void> {
  await pods.waitFor(async () => (await pods.readiness(ordinal)).status === 0, { timeout, what: `readiness of pod ${ordinal}` });
}

/** Waits until a pod is not ready for that reason, which is one of a server that runs. */
export async function unready(pods: Cluster, ordinal: number, reason: string, timeout = 60_000): Promise<void> {
  await pods.waitFor(async () => {
    const { status, text } = await pods.readiness(ordinal);
    return status === 1 && text.startsWith(`${reason}: `);
  }, { timeout, what: `pod ${ordinal} that is ${reason}` });
  expect(await pods.probe(ordinal, 'liveness')).toEqual({ status: 0, text: '' });
}

/** Has the agent of a standby that is stuck wait for seconds where it would wait for a minute: it goes on from what it has waited before. */
export async function hurry(pods: Cluster, ordinal: number): Promise<void> {
  expect((await pods.pod(ordinal).exec(['bash', '-c', 'echo 12 >/run/cdk8s-postgres/patience'])).status).toBe(0);
}

/** The physical replication slots of the primary: name, whether it is used, and what became of its log. */
export async function slots(pods: Cluster): Promise<string[]> {
  const said = await pods.sql(pods.primary, 'SELECT slot_name, active, wal_status FROM pg_replication_slots ORDER BY 1');
  return said ? said.split('\n') : [];
}
