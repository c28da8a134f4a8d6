import { Cron, Testing } from 'cdk8s';
import { canLogIn, container, servingAgain, sql, start, state } from './fixture';
import { Backup, Credentials, Locale, PodSecurity, PostgresImage, PostgresStatefulSet, PostgresVersion } from '../../src';
import { Pod, temporaryClaim } from '../support/pod';
import { KubernetesObject, ManifestPod, podFromManifests } from '../support/pod-from-manifests';
import { server, Server, servers } from '../support/servers';

jest.setTimeout(180_000);

/** As OpenShift assigns them: a user of the namespace's range, the group root, and the user's number as the group of the volumes. */
const assigned = { uid: 1_000_620_000, gid: 0, fsGroup: 1_000_620_000 };
const versions: Readonly<Record<number, PostgresVersion>> = {
  15: PostgresVersion.V15, 16: PostgresVersion.V16, 17: PostgresVersion.V17, 18: PostgresVersion.V18,
};

function synthesize(postgres: Server): ManifestPod {
  const chart = Testing.chart();
  new PostgresStatefulSet(chart, 'orders-db', {
    version: versions[postgres.major],
    image: PostgresImage.custom({ image: 'registry.example.com/postgres:1' }),
    podSecurity: PodSecurity.platformAssigned(),
    database: 'orders',
    credentials: Credentials.unsafePlainText({ password: 'one', superuserPassword: 'two', backupPassword: 'three' }),
    backups: [Backup.logical({ schedule: Cron.daily() })],
    // what the tested server lacks is not what this test is about
    initdb: postgres.can.builtinLocale || postgres.can.icu ? undefined : { locale: Locale.libc('C.UTF-8') },
  });
  const manifests = Testing.synth(chart) as KubernetesObject[];
  return podFromManifests(manifests, { server: postgres, claims: { data: temporaryClaim() }, workload: 'orders-db' });
}

test.each(servers)('%s runs as a user that the cluster assigned and no passwd file knows', async (postgres) => {
  const description = synthesize(postgres);
  expect([description.uid, description.gid, description.fsGroup]).toEqual([undefined, undefined, undefined]);
  const pod = await Pod.start({ ...description, ...assigned });
  await state(pod, 'running');
  await pod.waitForLog('reloaded the configuration');
  expect(new Set(pod.processes().map(({ uid }) => uid))).toEqual(new Set([assigned.uid]));
  expect(pod.logs()).not.toMatch(/ERROR|cannot be preloaded/);
  // over the socket, as `kubectl exec` does it, and over TCP
  expect((await pod.exec(['psql', '-At', '-U', 'orders', '-d', 'orders', '-c', 'SELECT current_user'])).stdout).toBe('orders\n');
  expect(await sql(pod, 'SELECT current_user')).toBe('postgres');
  expect(await canLogIn(pod, 'orders', 'one')).toBe(true);
  for (const probe of Object.values(description.probes)) expect(await pod.exec(probe)).toMatchObject({ status: 0, stdout: '', stderr: '' });
  expect(await pod.stop()).toEqual({ status: 0, signal: null });
  await servingAgain(pod);
  expect(await sql(pod, 'SELECT 1', 'orders')).toBe('1');
  await pod.end();
});

test('an image without the library that names the user is told, and nothing is initialised', async () => {
  const claim = temporaryClaim();
  const pod = await start(server(17), {
    claim,
    env: { LD_PRELOAD: '/nonexistent/lib_wrapper.so', NSS_WRAPPER_PASSWD: '/run/cdk8s-postgres/passwd', NSS_WRAPPER_GROUP: '/run/cdk8s-postgres/group' },
    description: assigned,
  });
  expect(await state(pod, 'waiting')).toBe(
    'nameless-user: the cluster has assigned uid 1000620000, and the image has no libnss_wrapper.so to give it a name; see docs/runbooks/platform.md');
  expect((await pod.exec(['ls', '/var/lib/postgresql'])).stdout).toBe('cdk8s-postgres.lock\n');
  await pod.end();
});

test('where the image names the user no file of names is written', async () => {
  const pod = await start(server(17));
  await state(pod, 'running');
  expect((await pod.exec(['bash', '-c', 'ls /run/cdk8s-postgres'])).stdout).not.toMatch(/passwd|group/);
  expect(Object.keys(container(server(17)).env!).filter((name) => name.startsWith('NSS_'))).toEqual([]);
  await pod.end();
});
