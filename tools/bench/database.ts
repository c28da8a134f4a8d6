import { rmSync } from 'node:fs';
import { Size, Testing } from 'cdk8s';
import { Credentials, Locale, PostgresImage, PostgresStatefulSet, PostgresVersion, Storage } from '../../src';
import { Cluster } from '../../test/support/cluster';
import type { KubernetesObject, ManifestPod } from '../../test/support/pod-from-manifests';
import { server, Server } from '../../test/support/servers';

/** The pod that only has the programs, for the baseline and as a client; below it are one primary and what follows it. */
export const BARE = 2;
/** What the container's command prints first: when it began. */
export const BEGAN = 'container began at ';

const OWNERS_PASSWORD = 'of-the-owner';
const VERSIONS: Readonly<Record<number, PostgresVersion>> = {
  15: PostgresVersion.V15, 16: PostgresVersion.V16, 17: PostgresVersion.V17, 18: PostgresVersion.V18,
};

/** The shipped scripts over a real server of this machine, in pods that the tests' own harness makes; only the primary is started. */
export async function startDatabase(major: number, instances = 1): Promise<Cluster> {
  const bare = Math.max(BARE, instances);
  const change = (description: ManifestPod, ordinal: number): ManifestPod => tellBeginning(description, ordinal === bare);
  const pods = await Cluster.start({ server: server(major), manifests: manifestsOf(server(major), instances), start: [0], change });
  await ready(pods, 0);
  return pods;
}

/** One with all its pods, streaming, and the bare one where that is above them. */
export async function startReplicated(major: number, instances: number): Promise<Cluster> {
  const pods = await startDatabase(major, instances);
  const replicas = [...Array(instances).keys()].slice(1);
  for (const ordinal of replicas) await pods.startPod(ordinal);
  await pods.waitForStreaming({ ordinals: replicas, timeout: 300_000 });
  if (instances <= BARE) await pods.startPod(BARE);
  return pods;
}

/** How a client reaches the owner's database on these pods; the password is in `clientEnvironment`. */
export function connection(pods: Cluster, ordinals: readonly number[]): string {
  return `host=${ordinals.map((ordinal) => pods.host(ordinal)).join(',')} user=orders dbname=orders connect_timeout=3`;
}

export const clientEnvironment = { PGPASSWORD: OWNERS_PASSWORD };

/** Runs a program in a pod and returns what it printed; fails when it fails. */
export async function run(pods: Cluster, ordinal: number, command: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await pods.pod(ordinal).exec(command, { env: clientEnvironment });
  if (status !== 0) throw new Error(`${command.join(' ')} in pod ${ordinal} ended with status ${status}: ${stderr}${stdout}`);
  return stdout;
}

export async function pause(seconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

/** Ends as soon as that standby streams, which a session on the primary sees sooner and cheaper than one after the other from outside. */
export async function untilStreaming(pods: Cluster, application: string): Promise<void> {
  await pods.sql(pods.primary, `DO $$ BEGIN
  LOOP
    PERFORM FROM pg_stat_replication WHERE application_name = '${application}' AND state = 'streaming';
    EXIT WHEN FOUND;
    IF clock_timestamp() > now() + '3 min' THEN RAISE '${application} does not stream'; END IF;
    PERFORM pg_sleep(0.02);
    PERFORM pg_stat_clear_snapshot();
  END LOOP;
END $$`);
}

/** Waits until a readiness probe says yes. */
export async function ready(pods: Cluster, ordinal: number): Promise<void> {
  await pods.waitFor(async () => (await pods.readiness(ordinal)).status === 0, { timeout: 300_000, what: `readiness of pod ${ordinal}` });
}

/** Has that many mebibytes in the database, as rows that a compression does not shrink. */
export async function fill(pods: Cluster, mebibytes: number): Promise<void> {
  await pods.sql(0, `CREATE TABLE filling AS
    SELECT id, (SELECT string_agg(md5(id * 31 + part || 'x'), '') FROM generate_series(1, 30) AS part) AS content
      FROM generate_series(1, ${mebibytes * 1024}) AS id;
    VACUUM ANALYZE filling;
    CHECKPOINT;`);
}

/** The size of the database in mebibytes. */
export async function sizeOf(pods: Cluster): Promise<number> {
  return Number(await pods.sql(pods.primary, 'SELECT sum(pg_database_size(oid)) / 1048576 FROM pg_database'));
}

/** Ends a pod and empties its volume. */
export async function forget(pods: Cluster, ordinal: number): Promise<void> {
  await pods.killPod(ordinal);
  rmSync(pods.claim(ordinal), { recursive: true });
  pods.deleteClaim(ordinal);
}

/** What the program of that database synthesizes, with further lines in the file of what is reloaded. */
export function manifestsOf(measured: Server, instances: number, reloaded = ''): KubernetesObject[] {
  const chart = Testing.chart();
  new PostgresStatefulSet(chart, 'orders-db', {
    version: VERSIONS[measured.major],
    image: PostgresImage.custom({ image: 'registry.example.com/postgres:1', runAsUser: 999 }),
    database: 'orders',
    instances,
    credentials: Credentials.unsafePlainText({ password: OWNERS_PASSWORD, superuserPassword: 'of-the-superuser', replicationPassword: 'of-replicas' }),
    storage: Storage.persistent(Size.gibibytes(20)),
    initdb: measured.can.builtinLocale || measured.can.icu ? undefined : { locale: Locale.libc('C.UTF-8') },
    parameters: { shared_buffers: '128MB' },
  });
  const objects = Testing.synth(chart) as KubernetesObject[];
  for (const { metadata, data } of objects) if (metadata.name === 'orders-db-reload') data['reload.conf'] += reloaded;
  return objects;
}

function tellBeginning(description: ManifestPod, bare: boolean): ManifestPod {
  if (bare) return { ...description, command: ['sleep', 'infinity'] };
  return { ...description, command: ['bash', '-c', `printf '${BEGAN}%s\\n' "$EPOCHREALTIME"; exec "$@"`, 'bash', ...description.command!] };
}
