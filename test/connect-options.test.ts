import { App, Chart } from 'cdk8s';
import { Deployment } from 'cdk8s-plus-28';
import {
  CertificateIssuer, ConnectionForm, ConnectOptions, DatabaseClient, IPostgres, PostgresAttributes, PostgresStatefulSet, RolePassword, Tls,
} from '../src';
import { find, Json } from './support/find';
import { minimalProps, SomeProps } from './support/props';

const FILES = ConnectionForm.FILES;

interface Place {
  readonly chart: Chart;
  readonly web: Deployment;
}

/** A workload in a chart of its own. */
function workload(app: App, id: string, namespace: string | undefined): Place {
  const chart = new Chart(app, id, { namespace });
  return { chart, web: new Deployment(chart, 'web', { containers: [{ name: 'app', image: 'a:1' }] }) };
}

function shop(props: SomeProps = {}, namespace: string | undefined = 'shop'): Place & { readonly db: PostgresStatefulSet; readonly app: App } {
  const app = new App();
  const database = new Chart(app, 'database', { namespace });
  const db = new PostgresStatefulSet(database, 'orders-db', { ...minimalProps, database: 'orders', ...props });
  return { app, db, ...workload(app, 'shop', 'shop') };
}

/** A database of another program, with a workload of the namespace shop. */
function foreign(attributes: Partial<PostgresAttributes> = {}): Place & { readonly theirs: IPostgres } {
  const place = workload(new App(), 'shop', 'shop');
  return { ...place, theirs: PostgresStatefulSet.fromAttributes(place.chart, 'theirs', { name: 'ledger', ...attributes }) };
}

const container = (chart: Chart): Json => find(chart.toJson(), 'Deployment').spec.template.spec.containers[0];
const variable = (chart: Chart, name: string): Json => container(chart).env.find((one: Json) => one.name === name);
const sourcesOf = (chart: Chart): Json => find(chart.toJson(), 'Deployment').spec.template.spec.volumes[0].projected.sources;

test('names reach the application as they are, although Kubernetes replaces dollar signs', () => {
  const { chart, db, web } = shop({ database: 'a$$b', owner: 'o$(PGPORT)' });
  db.connections.connect(web);
  // as the kubelet reads them: two are one, and what stands behind one is the name of a variable
  expect(variable(chart, 'PGDATABASE').value).toBe('a$$$$b');
  expect(variable(chart, 'PGUSER').value).toBe('o$$(PGPORT)');
});

test('a folder with a dollar sign is told as it is mounted, and said twice it is the same', () => {
  const { chart, db, web } = shop();
  for (const _ of [1, 2]) db.connections.connect(web, { form: FILES, bindingRoot: '/a$$b' });
  expect(variable(chart, 'SERVICE_BINDING_ROOT').value).toBe('/a$$$$b');
  expect(container(chart).volumeMounts[0].mountPath).toBe('/a$$b/orders-db');
});

test.each<[string, ConnectOptions, RegExp]>([
  ['a form that is none', { form: 'file' as ConnectionForm }, /form: "file" is no value of ConnectionForm/],
  ['a folder that is not absolute', { form: FILES, bindingRoot: 'bind' }, /bindingRoot: "bind" .*absolute path/],
  ['a folder with a colon', { form: FILES, bindingRoot: '/a:b' }, /bindingRoot: "\/a:b"/],
  ['a folder that leads up', { form: FILES, bindingRoot: '/a/../b' }, /bindingRoot: /],
  ['a key that no Secret has', { passwordKey: 'bad key' }, /passwordKey: "bad key"/],
  ['a name that no Secret has', { secretName: 'Bad_Name' }, /secretName: "Bad_Name"/],
  ['an authority in a Secret of such a name', { form: FILES, authoritySecretName: '' }, /authoritySecretName: ""/],
  ['a database that no server has', { database: 'a\nb' }, /database: "a\\nb" is not a name/],
  ['a role that no server has', { user: '' }, /user: "" is not a name/],
  ['the superuser, whom the server refuses over the network', { user: 'postgres' }, /user: "postgres" is refused over the network/],
  ['the superuser, whoever has the password', { user: 'postgres', secretName: 'mine' }, /user: "postgres" is refused over the network/],
])('connect refuses at once %s', (_, options, message) => {
  const { db, web } = shop();
  expect(() => db.connections.connect(web, options)).toThrow(message);
  expect(() => foreign().theirs.connections.connect(web, options)).toThrow(message);
});

test.each<[string, ConnectOptions, RegExp]>([
  ['a role that nothing declares', { user: 'nobody', secretName: 'mine' }, /user: "nobody" is not declared for "orders-db", as which orders, reports may log in; declare it by addRole/],
  ['a role that may not log in', { user: 'staff', secretName: 'mine' }, /user: "staff" is a role of "orders-db" that may not log in; use one of orders, reports/],
])('a connection as %s stops the synthesis', (_, options, message) => {
  const { chart, db, web } = shop();
  db.connections.connect(web, options);
  db.addRole('staff', { login: false });
  db.addRole('reports');
  expect(() => chart.toJson()).toThrow(message);
});

test('a role whose password the program knows needs no further word', () => {
  const { chart, db, web } = shop();
  db.addRole('reports', { password: RolePassword.fromSecretName('reports-login', 'pw') });
  db.connections.connect(web, { user: 'reports' });
  expect(variable(chart, 'PGPASSWORD').valueFrom.secretKeyRef).toEqual({ name: 'reports-login', key: 'pw' });
});

test('a role whose password the program writes is connected by the Secret of the role', () => {
  const { chart, db, web } = shop();
  db.addRole('reports', { password: RolePassword.unsafePlainText('hunter2') });
  db.connections.connect(web, { user: 'reports' });
  expect(variable(chart, 'PGPASSWORD').valueFrom.secretKeyRef).toEqual({ name: 'orders-db-reports', key: 'password' });
});

test('a role without a password, or one that is declared later, needs the name of a Secret', () => {
  const { db, web } = shop();
  db.addRole('reports');
  for (const user of ['reports', 'later']) {
    expect(() => db.connections.connect(web, { user })).toThrow(new RegExp(`user: where the password of "${user}" is, .*addRole before, or name the Secret.*secretName`));
  }
});

test('a workload of an unknown namespace is not connected with a database of a known one', () => {
  const { app, db } = shop();
  const { web } = workload(app, 'anywhere', undefined);
  expect(() => db.connections.connect(web, { secretName: 'mine' })).toThrow(/namespace: .*"orders-db" is in "shop".*give the chart of the workload a namespace/);
});

test('a Secret of a database in another namespace is named by the program', () => {
  const { theirs, web } = foreign({ namespaceName: 'finance' });
  expect(() => theirs.connections.connect(web)).toThrow(/secretName: none is given; "ledger-credentials" .*"finance".*"shop\/web" in "shop".*make a Secret/);
  const given = foreign({ namespaceName: 'finance', secretName: 'copy' });
  given.theirs.connections.connect(given.web);
  expect(variable(given.chart, 'PGPASSWORD').valueFrom.secretKeyRef.name).toBe('copy');
  const inOptions = foreign({ namespaceName: 'finance' });
  inOptions.theirs.connections.connect(inOptions.web, { secretName: 'copy' });
  expect(variable(inOptions.chart, 'PGPASSWORD').valueFrom.secretKeyRef.name).toBe('copy');
});

describe('the certificate authority', () => {
  const tls = Tls.fromSecretName('certificate');

  test('of a database in another namespace is in no Secret that is known here', () => {
    const { app, db } = shop({ tls });
    const { chart, web } = workload(app, 'front', 'front');
    db.connections.connect(web, { form: FILES, secretName: 'copy' });
    expect(JSON.stringify(sourcesOf(chart))).not.toContain('ca.crt');
  });

  test('is taken from the Secret that is named, which must be there', () => {
    const { app, db } = shop({ tls });
    const { chart, web } = workload(app, 'front', 'front');
    db.connections.connect(web, { form: FILES, secretName: 'copy', authoritySecretName: 'ours' });
    expect(sourcesOf(chart)).toContainEqual({ secret: { name: 'ours', items: [{ key: 'ca.crt', path: 'ca.crt' }], optional: false } });
  });

  test('of a database of another program is taken from the Secret that is named', () => {
    const { chart, theirs, web } = foreign();
    theirs.connections.connect(web, { form: FILES, authoritySecretName: 'ours' });
    expect(sourcesOf(chart)).toContainEqual({ secret: { name: 'ours', items: [{ key: 'ca.crt', path: 'ca.crt' }], optional: false } });
  });
});

test.each<[string, (db: PostgresStatefulSet, web: Deployment) => unknown, RegExp]>([
  ['nobody to be let in', ({ connections }) => connections.allowFrom(null as unknown as DatabaseClient), /client: null is no DatabaseClient; use DatabaseClient\.workload/],
  ['a workload in place of a client', ({ connections }, web) => connections.allowFrom(web as unknown as DatabaseClient), /client: this is no DatabaseClient/],
  ['nowhere to be let out to', ({ connections }) => connections.allowTo(null as unknown as DatabaseClient, [443]), /destination: null is no DatabaseClient/],
  ['nothing to be connected', ({ connections }) => connections.connect(null as unknown as Deployment), /workload: null is no workload of cdk8s-plus/],
])('untyped callers who give %s are told so', (_, act, message) => {
  const { db, web } = shop();
  expect(() => act(db, web)).toThrow(message);
});

test.each<[string, (db: PostgresStatefulSet) => void, string]>([
  ['addresses', ({ connections }) => connections.allowFrom(DatabaseClient.cidr(null as unknown as string)), 'PG2201'],
  ['a namespace', ({ connections }) => connections.allowFrom(DatabaseClient.inNamespace(null as unknown as string)), 'PG2203'],
  ['labels', ({ connections }) => connections.allowFrom(DatabaseClient.pods(null as unknown as Record<string, string>)), 'PG2202'],
])('null for %s is a finding', (_, act, code) => {
  const { db } = shop();
  act(db);
  expect(db.findings.map((finding) => finding.code)).toEqual([code]);
});

test.each([null, CertificateIssuer.fromIssuerName(null as unknown as string)])('an issuer of certificates that is null is a finding', (issuer) => {
  expect(shop({ tls: Tls.certManager(issuer as unknown as CertificateIssuer) }).db.findings.map(({ code }) => code)).toEqual(['PG2006']);
});
