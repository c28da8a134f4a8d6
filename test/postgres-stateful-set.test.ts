import { ApiObject, App, Chart, Cron, Testing } from 'cdk8s';
import { Construct } from 'constructs';
import { Backup, Credentials, DatabaseClient, PostgresStatefulSet } from '../src';
import { program, synthesize } from './support/find';
import { allProps, minimalProps, SomeProps } from './support/props';

beforeAll(() => jest.spyOn(process, 'emitWarning').mockImplementation());

test('is the StatefulSet to whoever patches it', () => {
  expect(ApiObject.of(program().db)).toMatchObject({ kind: 'StatefulSet', name: 'orders-db' });
});

test('every child that the documentation names is an object that can be patched', () => {
  const { db } = program({ ...allProps, serviceAccountName: undefined });
  const documented = [
    'Resource', 'service', 'headless-service', 'service-account', 'credentials', 'scripts', 'settings', 'reload', 'access', 'topology', 'databases', 'jobs',
    'backup-nightly', 'claim-nightly', 'restore-nightly',
  ];
  expect(documented.map((id) => ApiObject.isApiObject(db.node.findChild(id)))).toEqual(documented.map(() => true));
});

test('objects are named by what was added last, wherever they are named', () => {
  const { db } = program(allProps);
  db.addDatabase('reports', { extensions: ['pg_cron'] });
  db.addRole('reader', { bindingSecret: { name: 'told' } });
  db.connections.allowTo(DatabaseClient.cidr('10.0.0.0/8'), [443]);
  const objects = db.node.children.filter(ApiObject.isApiObject);
  const written = objects.map((object) => object.toJson() as { kind: string; metadata: { name: string } });
  expect(objects.map(({ name, metadata }) => [name, metadata.name])).toEqual(written.map(({ metadata: { name } }) => [name, name]));
  // every ConfigMap of ours that a pod mounts is one that is made
  const mounted = [...JSON.stringify(written).matchAll(/"configMap":\{"defaultMode":\d+,"name":"(ledger-[^"]+)"\}/g)].map(([, name]) => name);
  const made = written.filter(({ kind }) => kind === 'ConfigMap').map(({ metadata: { name } }) => name);
  expect([...new Set(mounted)].sort()).toEqual([...made].sort());
});

test('recognises itself, also from another copy of the library', () => {
  expect(PostgresStatefulSet.isPostgresStatefulSet(program().db)).toBe(true);
  expect(PostgresStatefulSet.isPostgresStatefulSet(new Construct(Testing.chart(), 'other'))).toBe(false);
  expect([null, undefined, 1, 'x'].map((one) => PostgresStatefulSet.isPostgresStatefulSet(one as never))).toEqual([false, false, false, false]);
});

describe('endpoints', () => {
  test('name the namespace where it is known', () => {
    const { db } = program({ database: 'orders' }, 'orders-db', 'shop');
    expect(db.primaryEndpoint).toMatchObject({ host: 'orders-db.shop.svc', port: 5432 });
    expect(db.primaryEndpoint.uri).toBe('postgresql://orders@orders-db.shop.svc:5432/orders');
    expect(db.primaryEndpoint.jdbcUrl).toBe('jdbc:postgresql://orders-db.shop.svc:5432/orders');
    expect(db.instanceEndpoint(0).host).toBe('orders-db-0.orders-db-headless.shop.svc');
  });

  test('are reached inside the namespace where it is not known', () => {
    expect(program().db.primaryEndpoint.host).toBe('orders-db');
    expect(program().db.instanceEndpoint(0).host).toBe('orders-db-0.orders-db-headless');
  });
});

test.each([-1.5, -1, 0.5, NaN])('there is no pod of the number %s', (ordinal) => {
  expect(() => program().db.instanceEndpoint(ordinal)).toThrow(`ordinal: ${ordinal} is not the number of a pod`);
});

test('a ServiceAccount of the name null is one of its own', () => {
  expect(synthesize({ serviceAccountName: null } as object).some(({ kind }) => kind === 'ServiceAccount')).toBe(true);
});

describe('two databases of one namespace', () => {
  const daily = (id: string) => [Backup.logical({ id, schedule: Cron.daily() })];
  const codes = (first: [string, SomeProps], second: [string, SomeProps], ...namespaces: string[]) => {
    const app = new App();
    const [one, other] = [first, second].map(([name, props], index) =>
      new PostgresStatefulSet(new Chart(app, `chart-${index}`, { namespace: namespaces[index] }), 'db', { ...minimalProps, ...props, name }));
    return [one, other].map(({ findings }) => findings.map(({ code }) => code));
  };

  test.each<[string, [string, SomeProps], [string, SomeProps], string]>([
    ['a backup', ['orders', { backups: daily('eu-daily') }], ['orders-eu', { backups: daily('daily') }], 'PG1006'],
    ['a Service', ['orders', {}], ['orders-headless', {}], 'PG1006'],
    ['everything', ['orders', {}], ['orders', {}], 'PG1003'],
  ])('must not share %s', (_, first, second, code) => {
    expect(codes(first, second)).toEqual([[code], [code]]);
    expect(codes(first, second, 'shop', 'billing')).toEqual([[], []]);
  });
});

test('tells where its credentials are', () => {
  const { db } = program({ credentials: Credentials.fromSecretName('mine', { password: 'postgres-password' }) });
  expect(db.credentialsSecret).toEqual({ secretName: 'mine', usernameKey: 'username', passwordKey: 'postgres-password' });
});

describe('fromAttributes', () => {
  test('answers as the database itself does', () => {
    const { db, chart } = program({ database: 'orders' }, 'orders-db', 'shop');
    const imported = PostgresStatefulSet.fromAttributes(chart, 'imported', { name: 'orders-db', namespaceName: 'shop', database: 'orders' });
    expect(imported.primaryEndpoint).toEqual(db.primaryEndpoint);
    expect(imported.credentialsSecret).toEqual(db.credentialsSecret);
  });

  test('takes another port and other keys', () => {
    const { primaryEndpoint, credentialsSecret } = PostgresStatefulSet.fromAttributes(Testing.chart(), 'imported', {
      name: 'orders-db', port: 6432, usernameKey: 'user', passwordKey: 'pass',
    });
    expect(primaryEndpoint.port).toBe(6432);
    expect(credentialsSecret).toEqual({ secretName: 'orders-db-credentials', usernameKey: 'user', passwordKey: 'pass' });
  });

  test('composes nothing', () => {
    const chart = Testing.chart();
    PostgresStatefulSet.fromAttributes(chart, 'imported', { name: 'orders-db' });
    expect(Testing.synth(chart)).toEqual([]);
  });
});

test('a Secret of cdk8s-plus is taken by its name', () => {
  expect(program({ credentials: Credentials.fromSecret({ name: 'typed' } as never) }).db.credentialsSecret.secretName).toBe('typed');
});

test('objects carry the labels and annotations of the user', () => {
  for (const { metadata } of synthesize(allProps)) {
    expect(metadata).toMatchObject({ labels: { 'team': 'finance', 'cdk8s-postgres/cluster': 'ledger' }, annotations: { 'example.com/contact': 'finance@example.com' } });
  }
});

test('objects are in the namespace of the chart', () => {
  const chart = new Chart(new App(), 'shop', { namespace: 'shop' });
  new PostgresStatefulSet(chart, 'db', minimalProps);
  expect(new Set((chart.toJson() as { metadata: { namespace: string } }[]).map(({ metadata }) => metadata.namespace))).toEqual(new Set(['shop']));
});
