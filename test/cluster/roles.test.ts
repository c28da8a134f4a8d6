import { App, Chart, Size } from 'cdk8s';
import { Client } from './support/client';
import { Database, PASSWORD } from './support/database';
import { diagnosed, Manifest, Namespace } from './support/namespace';
import { figure, until } from './support/wait';
import { Cpu, HbaMethod, HbaRule, InitSql, PostgresStatefulSet, PostgresVersion, Privilege, RolePassword, Storage } from '../../src';
import { Declared, declare } from '../support/declared';

let namespace: Namespace;
let client: Client;
let database: Database;
const told = diagnosed(() => namespace);

const DECLARED: Declared = {
  databases: { archive: { schemas: ['old'] } },
  roles: {
    clerk: { password: RolePassword.fromSecretName('clerk-login'), privileges: [Privilege.readOnly()], bindingSecret: {} },
    writer: { password: RolePassword.unsafePlainText('it\'s a:b@c/d\\e %41'), privileges: [Privilege.create({ database: 'archive', schema: 'old' })], bindingSecret: { database: 'archive' } },
  },
};

function manifests(declared: Declared, hbaRules: HbaRule[] = []): Manifest[] {
  const chart = new Chart(new App(), 'chart', { namespace: namespace.name });
  const db = new PostgresStatefulSet(chart, 'roles-db', {
    version: PostgresVersion.V18,
    storage: Storage.persistent(Size.gibibytes(1)),
    resources: { cpu: Cpu.millis(50), memory: Size.mebibytes(256) },
    extensions: ['pg_stat_statements', 'timescaledb'],
    initSql: [InitSql.fromSecret('seeds', 'seed.sql')],
    hbaRules,
  });
  declare(db, declared);
  return chart.toJson();
}

beforeAll(told(async () => {
  namespace = await Namespace.create('roles');
  client = await Client.create(namespace);
  database = new Database(namespace, 'roles-db');
  await namespace.secret('roles-db-credentials', { password: PASSWORD });
  await namespace.secret('clerk-login', { password: 'first' });
  await namespace.apply(manifests(DECLARED));
}));

afterAll(async () => {
  await namespace?.delete();
});

const letsIn = async (user: string, password: string): Promise<boolean> => (await client.attemptSql({ host: 'roles-db', user, password }, 'SELECT 1')).status === 0;

test('the first start waits for the Secret with its SQL, runs it when it arrives, and the extension that the image lacks is told', told(async () => {
  await until('the log says what it waits for', 90, async () => (await database.logs()).includes('the key seed.sql of the Secret seeds of initSql is not there'));
  await namespace.secret('seeds', { 'seed.sql': 'SET ROLE app; CREATE TABLE orders AS SELECT 41 AS n; RESET ROLE; CREATE TABLE kept ();' });
  await database.refresh();
  await database.ready({ seconds: 150 });
  const log = await database.logs();
  expect(log).toContain('the image has no library timescaledb, which the extension timescaledb needs: the server starts without it');
  expect(log).toContain('the image has no extension "timescaledb"');
  expect(await database.sql('SHOW shared_preload_libraries')).toBe('pg_stat_statements');
  expect(await database.sql('SELECT count(*) > 0 FROM pg_stat_statements', 'app')).toBe('t');
}));

test('a role with a password from its own Secret logs in over the network and reads what it may', told(async () => {
  await until('the role logs in', 60, () => letsIn('clerk', 'first'));
  expect(await client.sql({ host: 'roles-db', user: 'clerk', password: 'first' }, 'SELECT n FROM orders')).toBe('41');
  const { stderr } = await client.attemptSql({ host: 'roles-db', user: 'clerk', password: 'first' }, 'INSERT INTO orders VALUES (1)');
  expect(stderr).toContain('permission denied');
  expect((await client.attemptSql({ host: 'roles-db', user: 'postgres', password: 'first' }, 'SELECT 1')).stderr).toContain('pg_hba.conf rejects');
}));

test('every form in the Secret of a role connects', told(async () => {
  const { data } = await namespace.find('secret', 'roles-db-writer');
  const value = (key: string): string => Buffer.from(data[key], 'base64').toString();
  const file = await client.run(['sh', '-c', 'cat >/tmp/pgpass; chmod 600 /tmp/pgpass'], value('pgpass'));
  expect(file).toBe('');
  const statement = 'SELECT current_user, current_database()';
  expect(await client.run(['psql', '-XAtw', '-d', value('uri'), '-c', statement])).toBe('writer|archive\n');
  expect(await client.run(['env', 'PGPASSFILE=/tmp/pgpass', 'psql', '-XAtw', '-h', value('host'), '-p', value('port'), '-U', value('username'), '-d', value('database'), '-c', statement]))
    .toBe('writer|archive\n');
  expect(new URL(value('jdbc-url').replace('jdbc:', '')).searchParams.get('password')).toBe(value('password'));
  expect(value('type')).toBe('postgresql');
  const clerk = await namespace.find('secret', 'roles-db-clerk');
  expect(clerk.type).toBe('servicebinding.io/postgresql');
  expect(Object.keys(clerk.data).sort()).toEqual(['database', 'host', 'jdbc-url', 'port', 'provider', 'type', 'uri', 'username']);
}));

test('a changed password of a role takes effect without a restart, and nothing is lost', told(async () => {
  const before = await database.life();
  await database.sql('CREATE TABLE by_hand (); GRANT INSERT ON by_hand TO clerk', 'app');
  const rotated = Date.now();
  await namespace.secret('clerk-login', { password: 'second' });
  await database.refresh();
  await until('the new password is taken', 120, () => letsIn('clerk', 'second'));
  figure(`a changed password of a role takes effect after ${((Date.now() - rotated) / 1000).toFixed(1)} s`);
  expect(await letsIn('clerk', 'first')).toBe(false);
  expect(await database.life()).toEqual(before);
  expect(await database.sql("SELECT has_table_privilege('clerk', 'by_hand', 'INSERT'), has_table_privilege('clerk', 'orders', 'SELECT')", 'app')).toBe('t|t');
  expect(await database.logs()).not.toMatch(/second|it's a:b/);
}));

test('a role, a database and rules that are declared later reach the running server; what is declared no more stays', told(async () => {
  const before = await database.life();
  const later: Declared = { databases: { third: {} }, roles: { ...DECLARED.roles, auditor: { memberOf: ['clerk'] } } };
  const roles = { ...later, roles: { ...later.roles, writer: { password: RolePassword.unsafePlainText('it\'s a:b@c/d\\e %41') } } };
  await namespace.apply(manifests(roles, [HbaRule.host({ roles: ['writer'], method: HbaMethod.REJECT })]));
  await database.refresh();
  await until('the role and the database are made', 120, async () => await database.sql("SELECT count(*) FROM pg_roles r, pg_database d WHERE rolname = 'auditor' AND datname = 'third'") === '1');
  expect(await database.sql("SELECT count(*) FROM pg_database WHERE datname = 'archive'")).toBe('1');
  await until('the rule is used', 60, async () => (await client.attemptSql({ host: 'roles-db', user: 'writer', password: 'x' }, 'SELECT 1')).stderr.includes('pg_hba.conf rejects'));
  expect(await letsIn('clerk', 'second')).toBe(true);
  expect(await database.life()).toEqual(before);
  expect(await database.sql('SELECT count(*) FROM orders', 'app')).toBe('1');
}));
