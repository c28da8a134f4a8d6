import { Cron, Size, Testing } from 'cdk8s';
import { canLogIn, servingAgain, sql, state } from './fixture';
import { Backup, Credentials, Locale, PostgresImage, PostgresStatefulSet, PostgresVersion, Storage } from '../../src';
import { Pod, temporaryClaim } from '../support/pod';
import { KubernetesObject, ManifestPod, podFromManifests } from '../support/pod-from-manifests';
import { Server, servers } from '../support/servers';

jest.setTimeout(120_000);

const passwords = { password: 'it\'s "$HOME" \\ a:b@c %41 żółć', superuserPassword: '-W', backupPassword: ' #' };
const versions: Readonly<Record<number, PostgresVersion>> = {
  15: PostgresVersion.V15, 16: PostgresVersion.V16, 17: PostgresVersion.V17, 18: PostgresVersion.V18,
};

/** The pod that the library synthesizes for that server, on claims that hold nothing. */
function synthesize(server: Server, runAsUser: number): ManifestPod {
  const chart = Testing.chart();
  new PostgresStatefulSet(chart, 'orders-db', {
    version: versions[server.major],
    image: PostgresImage.custom({ image: 'registry.example.com/postgres:1', runAsUser }),
    database: 'orders',
    credentials: Credentials.unsafePlainText(passwords),
    walStorage: Storage.persistent(Size.gibibytes(2)),
    backups: [Backup.logical({ schedule: Cron.daily() })],
    // what the tested server lacks is not what this test is about
    initdb: server.can.builtinLocale || server.can.icu ? undefined : { locale: Locale.libc('C.UTF-8') },
  });
  const claims = { data: temporaryClaim(), wal: temporaryClaim() };
  return podFromManifests(Testing.synth(chart) as KubernetesObject[], { server, claims, workload: 'orders-db' });
}

test.each(servers.flatMap((server) => [[server, 999], [server, 12345]] as const))('what the library synthesizes runs on %s as uid %i', async (server, uid) => {
  const description = synthesize(server, uid);
  const pod = await Pod.start(description);
  await state(pod, 'running');
  await pod.waitForLog('reloaded the configuration');
  for (const [role, password] of [['orders', passwords.password], ['postgres', passwords.superuserPassword], ['backup', passwords.backupPassword]]) {
    expect([role, await canLogIn(pod, role, password)]).toEqual([role, true]);
  }
  expect(await sql(pod, "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = 'backup'")).toBe('f|t');
  expect((await pod.exec(['psql', '-At', '-U', 'orders', '-d', 'orders', '-c', 'SELECT current_user'])).stdout).toBe('orders\n');
  for (const probe of Object.values(description.probes)) {
    const { status, stdout, stderr } = await pod.exec(probe);
    expect([status, stdout, stderr]).toEqual([0, '', '']);
  }
  expect(await sql(pod, 'SELECT count(*) FROM pg_file_settings WHERE error IS NOT NULL')).toBe('0');
  expect(pod.logs()).not.toMatch(/ERROR|FATAL|WARNING/);
  expect(await pod.stop()).toEqual({ status: 0, signal: null });
  await servingAgain(pod);
  await pod.end();
});
