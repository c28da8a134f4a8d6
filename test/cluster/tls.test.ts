import { execFileSync } from 'node:child_process';
import { App, Chart, Cron } from 'cdk8s';
import { Client } from './support/client';
import { Database, PASSWORD, Props } from './support/database';
import type { Result } from './support/kubectl';
import { diagnosed, Namespace } from './support/namespace';
import { Runbook } from './support/runbook';
import { refuses } from './support/volume';
import { figure, until } from './support/wait';
import { Backup, ClientCertificates, PostgresStatefulSet, PostgresVersion, Tls } from '../../src';

// The cluster's images of 17 have OpenSSL, those of 18 have not.
const SECRET = 'orders-db-certificate';
const BACKUPS = [Backup.logical({ schedule: Cron.annually() })];
const GIVEN: Props = { version: PostgresVersion.V17, database: 'orders', backups: BACKUPS, tls: Tls.fromSecretName(SECRET), parameters: { log_connections: 'on' } };

let namespace: Namespace;
let database: Database;
let client: Client;
let page: Runbook;
let names: string[];
const told = diagnosed(() => namespace);

beforeAll(told(async () => {
  namespace = await Namespace.create('tls');
  page = new Runbook('tls.md', namespace);
  client = await Client.create(namespace, { image: 'postgres:17.10-trixie' });
  database = new Database(namespace, 'orders-db', GIVEN);
  const chart = new Chart(new App(), 'chart', { namespace: namespace.name });
  names = new PostgresStatefulSet(chart, 'orders-db', { version: PostgresVersion.V18 }).certificateNames;
}));

afterAll(async () => {
  await namespace?.delete();
  page?.delete();
});

/** As the owner, from another pod, with these words of a connection string. */
function logIn(host: string, words: string): Promise<Result> {
  const statement = 'SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()';
  return client.attempt(['env', `PGPASSWORD=${PASSWORD}`, 'PGCONNECT_TIMEOUT=5', 'psql', '-XAtqw', '-c', statement,
    `host=${host} user=orders dbname=orders ${words}`]);
}

const VERIFY = 'sslmode=verify-full sslrootcert=/tmp/ca.crt';

/** Names that lead to the server, the wildcards by its pod. */
async function reachableByAllNames(): Promise<void> {
  for (const name of names.map((one) => one.replace('*', 'orders-db-0'))) {
    const { stdout, stderr } = await logIn(name, VERIFY);
    expect([name, stdout, stderr]).toEqual([name, 'TLSv1.3\n', '']);
  }
}

async function handToClient(...keys: string[]): Promise<void> {
  const { data } = await namespace.find('secret', SECRET);
  for (const key of keys) await client.run(['bash', '-c', `umask 077; cat >/tmp/${key}`], Buffer.from(data[key], 'base64').toString());
}

const serial = async (): Promise<string> => page.follow('Check', 'kubectl --namespace shop exec orders-db-0 -- bash');

test('without the Secret the pod says what it waits for; with the one of the runbook it serves', told(async () => {
  await namespace.secret('orders-db-credentials', { 'password': PASSWORD, 'backup-password': 'backups' });
  await database.apply();
  await refuses(database, 'tls: the Secret with the certificate is missing or has no key for tls.crt; see docs/runbooks/tls.md');
  expect(await page.follow('The certificate is missing or wrong', 'kubectl')).toContain('waiting: tls: the Secret');
  await page.follow('With a certificate of your own', 'openssl');
  await page.follow('With a certificate of your own', 'kubectl');
  await database.refresh();
  await database.ready();
  await handToClient('ca.crt');
}));

test('a client with sslmode=verify-full is let in under every name, one without TLS under none', told(async () => {
  expect(names.length).toBe(16);
  await reachableByAllNames();
  const { status, stderr } = await logIn('orders-db', 'sslmode=disable');
  expect([status, stderr]).toEqual([2, expect.stringContaining('no encryption')]);
  // inside the pod and through a port-forward plain connections stay
  expect(await database.exec('env', `PGPASSWORD=${PASSWORD}`, 'psql', '-XAtqw', '-c', 'SELECT 1', 'host=127.0.0.1 user=orders dbname=orders sslmode=disable')).toBe('1\n');
}));

test('the key is mounted as the server wants it, and belongs to root', told(async () => {
  expect(await database.exec('stat', '--dereference', '--format', '%a %u:%g', '/etc/cdk8s-postgres/tls/tls.key')).toBe('440 0:999\n');
}));

test('a backup checks the server, and every connection of it is encrypted', told(async () => {
  await namespace.run(['create', 'job', 'encrypted', '--from=cronjob/orders-db-backup']);
  await namespace.run(['wait', '--for=condition=Complete', '--timeout=180s', 'job/encrypted'], { seconds: 190 });
  const lines = (await database.logs()).split('\n').filter((line) => line.includes('connection authorized: user=backup'));
  expect(lines.length).toBeGreaterThan(2);
  expect(lines.filter((line) => !line.includes('SSL enabled'))).toEqual([]);
  const pod = (await namespace.list('pods', 'job-name=encrypted'))[0];
  expect(pod.spec.volumes.find(({ name }: { name: string }) => name === 'tls').secret.items).toEqual([{ key: 'ca.crt', path: 'ca.crt' }]);
}));

test('a renewed certificate is taken over without a restart, and every name works with it', told(async () => {
  const life = await database.life();
  const before = await serial();
  await page.follow('Renew', 'openssl');
  const renewed = Date.now();
  await database.refresh();
  await until('the server shows the new certificate', 120, async () => (await serial()) !== before);
  figure(`a renewed certificate is shown after ${((Date.now() - renewed) / 1000).toFixed(1)} s`);
  await reachableByAllNames();
  expect(await database.life()).toEqual(life);
}));

test('with a key that does not belong to the certificate the server keeps the one that it has; a new pod waits and heals by itself', told(async () => {
  const shown = await serial();
  const good = (await namespace.find('secret', SECRET)).data;
  const decoded = Object.fromEntries(Object.entries<string>(good).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
  await page.follow('Renew', 'openssl');
  // the kubelet may bring that one before the next
  const renewed = execFileSync('openssl', ['x509', '-noout', '-serial', '-enddate'], { input: page.read('tls.crt'), encoding: 'utf8' });
  const other = Buffer.from((await namespace.find('secret', SECRET)).data['tls.key'], 'base64').toString();
  await namespace.secret(SECRET, { ...decoded, 'tls.key': other });
  await database.refresh();
  await until('the log tells it', 120, async () => /agent: the server cannot use the certificate: .*tls\.key": key values mismatch; it keeps/.test(await database.logs()));
  expect([shown.trim(), renewed.trim()]).toContain((await serial()).trim());
  await reachableByAllNames();

  await namespace.run(['delete', 'pod', database.pod]);
  await refuses(database, /^tls: the server cannot use the certificate: .*key values mismatch; see docs\/runbooks\/tls\.md$/);
  await namespace.secret(SECRET, decoded);
  await database.refresh();
  await database.ready();
  await reachableByAllNames();
  expect((await database.life()).restarts).toBe(0);
}));

test('a client is asked for a certificate of its role where that is wanted, a backup is not', told(async () => {
  await page.follow('Ask clients for certificates', 'openssl');
  const { metadata: { uid } } = await database.findPod();
  await database.apply({ tls: Tls.fromSecretName(SECRET, { clientCertificates: ClientCertificates.VERIFIED }) });
  await database.ready({ notUid: uid });
  expect((await logIn('orders-db', VERIFY)).stderr).toContain('requires a valid client certificate');
  for (const file of ['orders.crt', 'orders.key']) await client.run(['bash', '-c', `umask 077; cat >/tmp/${file}`], page.read(file));
  const { stdout, stderr } = await logIn('orders-db', `${VERIFY} sslcert=/tmp/orders.crt sslkey=/tmp/orders.key`);
  expect([stdout, stderr]).toEqual(['TLSv1.3\n', '']);
  await namespace.run(['create', 'job', 'unasked', '--from=cronjob/orders-db-backup']);
  await namespace.run(['wait', '--for=condition=Complete', '--timeout=180s', 'job/unasked'], { seconds: 190 });
}));
