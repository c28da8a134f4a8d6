import { Client } from './support/client';
import { Database, Declare, PASSWORD, serverStatus } from './support/database';
import { diagnosed, Namespace } from './support/namespace';
import { figure, timed, until } from './support/wait';
import { DatabaseClient } from '../../src';

const SUPERUSER_PASSWORD = 'super secret';

let namespace: Namespace;
let other: Namespace;
let database: Database;
let client: Client;
let stranger: Client;
const told = diagnosed(() => namespace);

beforeAll(told(async () => {
  namespace = await Namespace.create('connect');
  other = await Namespace.create('elsewhere');
  [client, stranger] = await Promise.all([Client.create(namespace), Client.create(other)]);
  const letIn: Declare = ({ connections }) => connections.allowFrom(DatabaseClient.inNamespace(other.name));
  database = new Database(namespace, 'orders-db', { database: 'orders', owner: 'orders_owner' }, letIn);
}));

afterAll(async () => {
  await namespace?.delete();
  await other?.delete();
});

function at(host: string, changes: { user?: string; password?: string; database?: string } = {}): Parameters<Client['sql']>[0] {
  return { host, user: 'orders_owner', database: 'orders', ...changes };
}

test('a database that is applied answers through its Service', told(async () => {
  await namespace.secret('orders-db-credentials', { 'password': PASSWORD, 'superuser-password': SUPERUSER_PASSWORD });
  const applied = Date.now();
  await database.apply();
  await until('SQL through the Service', 120, async () => (await client.sql(at('orders-db'), 'SELECT 1')) === '1');
  const answered = Date.now();
  const pod = await database.ready();
  const condition = (type: string): number => Date.parse(pod.status.conditions.find((one: any) => one.type === type).lastTransitionTime);
  const lines = (await database.logs('--timestamps')).split('\n');
  const first = (pattern: RegExp): number => Date.parse(lines.find((line) => pattern.test(line))!.split(' ', 1)[0]);
  const parts = [
    ['PID 1 begins', first(/supervisor: starting/)],
    ['initialised, the server is started', first(/supervisor: recovering/)],
    ['the server accepts connections', first(/supervisor: running/)],
    ['SQL through the Service', answered],
  ] as const;
  figure(`apply → ${parts.map(([what, time]) => `${what} ${((time - applied) / 1000).toFixed(1)} s`).join(', ')}`);
  figure(`in whole seconds of the API: created → scheduled ${(condition('PodScheduled') - Date.parse(pod.metadata.creationTimestamp)) / 1000} s, Ready ${(condition('Ready') - Date.parse(pod.metadata.creationTimestamp)) / 1000} s`);
  expect(serverStatus(pod).restartCount).toBe(0);
  // Everything that a pod needs is applied before it.
  expect((await namespace.list('events')).filter(({ reason }) => ['FailedCreate', 'FailedMount'].includes(reason))).toEqual([]);
}));

test('the read-write Service, the headless Service and the pod answer under every one of their names', told(async () => {
  const services = ['orders-db', 'orders-db-headless', 'orders-db-0.orders-db-headless'];
  const domains = ['', `.${namespace.name}`, `.${namespace.name}.svc`];
  for (const host of services.flatMap((service) => domains.map((domain) => `${service}${domain}`))) {
    expect([host, await client.sql(at(host), 'SELECT current_user')]).toEqual([host, 'orders_owner']);
  }
}));

test('another namespace reaches them by the names with the namespace', told(async () => {
  for (const service of ['orders-db', 'orders-db-headless', 'orders-db-0.orders-db-headless']) {
    expect(await stranger.sql(at(`${service}.${namespace.name}.svc`), 'SELECT current_database()')).toBe('orders');
  }
}));

test('kubectl exec with psql as the owner asks for no password', told(async () => {
  const answer = await database.exec('psql', '-XAtqw', '-U', 'orders_owner', '-d', 'orders', '-c', 'CREATE TABLE made_by_exec (n int); SELECT current_user');
  expect(answer.trim()).toBe('orders_owner');
}));

test('the owner may make what an application needs', told(async () => {
  const text = 'CREATE SCHEMA shop; CREATE TABLE shop.orders (id int PRIMARY KEY); INSERT INTO shop.orders VALUES (7); SELECT id FROM shop.orders';
  expect(await client.sql(at('orders-db'), text)).toBe('7');
}));

test('a wrong password is refused', told(async () => {
  const { status, stderr } = await client.attemptSql(at('orders-db', { password: 'guessed' }), 'SELECT 1');
  expect(status).not.toBe(0);
  expect(stderr).toContain('password authentication failed');
}));

test('an unknown role is refused with the same words as a wrong password', told(async () => {
  const { status, stderr } = await client.attemptSql(at('orders-db', { user: 'nobody' }), 'SELECT 1');
  expect(status).not.toBe(0);
  expect(stderr).toContain('password authentication failed');
}));

test('the superuser is refused over the network, and let in inside the pod with its password', told(async () => {
  const { status, stderr } = await client.attemptSql(at('orders-db', { user: 'postgres', password: SUPERUSER_PASSWORD }), 'SELECT 1');
  expect(status).not.toBe(0);
  expect(stderr).toContain('pg_hba.conf rejects connection');
  const inside = ['env', `PGPASSWORD=${SUPERUSER_PASSWORD}`, 'psql', '-XAtqw', '-h', '127.0.0.1', '-U', 'postgres', '-d', 'postgres', '-c', 'SELECT current_user'];
  expect((await database.exec(...inside)).trim()).toBe('postgres');
}));

test('the server is not PID 1 and no password is in its environment, its command line or the log', told(async () => {
  const seen = await database.exec('bash', '-c', 'cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" "\\n"; echo; cat /proc/1/cmdline | tr "\\0" " "');
  expect(seen).toContain('supervisor.sh');
  for (const text of [seen, await database.logs()]) {
    expect(text).not.toContain(PASSWORD);
    expect(text).not.toContain(SUPERUSER_PASSWORD);
  }
}));

test('applying the same program again changes nothing', told(async () => {
  const generation = async (): Promise<number> => (await database.observed()).metadata.generation;
  const before = { ...await database.life(), generation: await generation() };
  const seconds = await timed(() => database.apply());
  figure(`apply of an unchanged program ${seconds.toFixed(1)} s`);
  expect({ ...await database.life(), generation: await generation() }).toEqual(before);
}));
