import { rmSync } from 'node:fs';
import { Size, Testing } from 'cdk8s';
import { Credentials, Locale, PostgresImage, PostgresStatefulSet, PostgresVersion, Storage } from '../../src';
import { Cluster } from '../../test/support/cluster';
import type { KubernetesObject, ManifestPod } from '../../test/support/pod-from-manifests';
import { server, Server } from '../../test/support/servers';

/** The pod that only has the server's programs, for the baseline; the others are one primary and what clones it. */
export const BARE = 2;
/** What the container's command prints first: when it began. */
export const BEGAN = 'container began at ';

const VERSIONS: Readonly<Record<number, PostgresVersion>> = {
  15: PostgresVersion.V15, 16: PostgresVersion.V16, 17: PostgresVersion.V17, 18: PostgresVersion.V18,
};

/** The shipped scripts over a real server of this machine, in pods that the tests' own harness makes. */
export async function startDatabase(major: number): Promise<Cluster> {
  const measured = server(major);
  const pods = await Cluster.start({ server: measured, manifests: manifestsOf(measured), change: tellBeginning });
  await ready(pods, 0);
  return pods;
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
  return Number(await pods.sql(0, 'SELECT sum(pg_database_size(oid)) / 1048576 FROM pg_database'));
}

/** Ends a pod and empties its volume. */
export async function forget(pods: Cluster, ordinal: number): Promise<void> {
  await pods.killPod(ordinal);
  rmSync(pods.claim(ordinal), { recursive: true });
  pods.deleteClaim(ordinal);
}

function manifestsOf(measured: Server): KubernetesObject[] {
  const chart = Testing.chart();
  new PostgresStatefulSet(chart, 'orders-db', {
    version: VERSIONS[measured.major],
    image: PostgresImage.custom({ image: 'registry.example.com/postgres:1', runAsUser: 999 }),
    credentials: Credentials.unsafePlainText({ password: 'of-the-owner', superuserPassword: 'of-the-superuser', replicationPassword: 'of-replicas' }),
    storage: Storage.persistent(Size.gibibytes(20)),
    initdb: measured.can.builtinLocale || measured.can.icu ? undefined : { locale: Locale.libc('C.UTF-8') },
    parameters: { shared_buffers: '128MB' },
  });
  return Testing.synth(chart) as KubernetesObject[];
}

function tellBeginning(description: ManifestPod, ordinal: number): ManifestPod {
  if (ordinal === BARE) return { ...description, command: ['sleep', 'infinity'] };
  return { ...description, command: ['bash', '-c', `printf '${BEGAN}%s\\n' "$EPOCHREALTIME"; exec "$@"`, 'bash', ...description.command!] };
}
