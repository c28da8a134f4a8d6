import { App, Chart, Size } from 'cdk8s';
import { Client } from './support/client';
import { Database, PASSWORD } from './support/database';
import { diagnosed, Manifest, Namespace } from './support/namespace';
import { Runbook } from './support/runbook';
import { until } from './support/wait';
import { Cpu, HbaMethod, HbaRule, PostgresStatefulSet, PostgresStatefulSetProps, PostgresVersion, Privilege, RolePassword, Storage } from '../../src';

let namespace: Namespace;
let client: Client;
let runbook: Runbook;
let database: Database;
const told = diagnosed(() => namespace);

const PROPS: PostgresStatefulSetProps = {
  version: PostgresVersion.V18, database: 'orders', storage: Storage.persistent(Size.gibibytes(1)), resources: { cpu: Cpu.millis(50), memory: Size.mebibytes(256) },
};

/** What the page declares; addresses are those of this cluster's pods. */
function manifests(props: Partial<PostgresStatefulSetProps>, declare: (db: PostgresStatefulSet) => void = () => undefined): Manifest[] {
  const chart = new Chart(new App(), 'chart', { namespace: namespace.name });
  declare(new PostgresStatefulSet(chart, 'orders-db', { ...PROPS, ...props }));
  return chart.toJson();
}

async function passwordOf(secret: string): Promise<string> {
  return Buffer.from((await namespace.find('secret', secret)).data.password, 'base64').toString();
}

const letsIn = async (password: string): Promise<boolean> => {
  const { status, stderr } = await client.attemptSql({ host: 'orders-db', database: 'orders', user: 'reports', password }, 'SELECT n FROM items');
  if (status !== 0 && !stderr.includes('password authentication failed')) throw new Error(stderr);
  return status === 0;
};

beforeAll(told(async () => {
  namespace = await Namespace.create('roles-page');
  client = await Client.create(namespace);
  runbook = new Runbook('roles.md', namespace);
  database = new Database(namespace, 'orders-db');
  await namespace.secret('orders-db-credentials', { password: PASSWORD });
  await namespace.apply(manifests({}));
  await database.ready();
  await database.sql('SET ROLE orders; CREATE TABLE items AS SELECT 7 AS n', 'orders');
}));

afterAll(async () => {
  runbook?.delete();
  await namespace?.delete();
});

test('what the page declares is applied by its commands, and seen by its checks', told(async () => {
  runbook.synthesize(manifests({
    extensions: ['pg_stat_statements'],
    hbaRules: [HbaRule.host({ roles: ['reports'], addresses: ['10.0.0.0/8', '192.168.0.0/16', '172.16.0.0/12', 'fc00::/7'] }), HbaRule.host({ roles: ['reports'], method: HbaMethod.REJECT })],
  }, (db) => {
    db.addDatabase('archive', { schemas: ['old'] });
    db.addRole('readers', { login: false, privileges: [Privilege.readOnly()] });
    db.addRole('reports', { memberOf: ['readers'], password: RolePassword.fromSecretName('reports-login'), bindingSecret: {} });
  }));
  await runbook.follow('Declare', 'kubectl --namespace shop create secret');
  await until('the role logs in', 90, async () => letsIn(await passwordOf('reports-login')));
  const shown = await runbook.follow('Check', 'kubectl --namespace shop logs');
  for (const part of ['agent: applied the declared', 'reports', 'pg_stat_statements', 'readers=r/orders', 'reject', '10.0.0.0']) expect([part, shown.includes(part)]).toEqual([part, true]);
}));

test('its way to rotate the password of a role lets the new one in and the old one out', told(async () => {
  const old = await passwordOf('reports-login');
  await runbook.follow('Rotate the password of a role', 'kubectl --namespace shop patch');
  await until('the new password is taken', 120, async () => letsIn(await passwordOf('reports-login')));
  expect(await letsIn(old)).toBe(false);
}));

test('its way to take a role away works, and what is declared no more does not come back', told(async () => {
  await namespace.apply(manifests({ extensions: ['pg_stat_statements'] }));
  await namespace.run(['rollout', 'status', 'statefulset/orders-db', '--timeout=120s'], { seconds: 130 });
  await runbook.follow('Take something away', 'kubectl --namespace shop exec');
  await database.refresh();
  expect(await database.sql("SELECT count(*) FROM pg_roles WHERE rolname = 'reports'")).toBe('0');
  expect(await database.sql("SELECT count(*) FROM pg_roles WHERE rolname = 'readers'")).toBe('1');
}));
