import { ApiObject, App, Chart, Lazy } from 'cdk8s';
import { Secret } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { CertificateIssuer, Credentials, ExternalSecretStore, PostgresStatefulSet, PostgresStatefulSetProps, Tls } from '../../src';
import { minimalProps } from '../support/props';

const managed: Partial<PostgresStatefulSetProps> = {
  tls: Tls.certManager(CertificateIssuer.fromIssuerName('one')),
  credentials: Credentials.externalSecret({ store: ExternalSecretStore.fromSecretStoreName('one'), password: { key: 'a' } }),
};

interface Shop {
  readonly app: App;
  readonly chart: Chart;
  readonly add: (id: string, props?: Partial<PostgresStatefulSetProps>) => PostgresStatefulSet;
}

function shop(): Shop {
  const app = new App();
  const chart = new Chart(app, 'shop', { namespace: 'shop' });
  return { app, chart, add: (id, props = {}) => new PostgresStatefulSet(chart, id, { ...minimalProps, ...props }) };
}

const told = ({ findings }: PostgresStatefulSet): string[] => findings.map(({ code, message }) => `${code} ${message}`);
const clash = (name: string, what: string): string => `PG1006 name: "${name}" is a database of which an object has the same name as another object of the program, `
  + `which would overwrite each other (${what}); give one of them another prop \`name\`, or its backup another \`id\`, or the role another \`bindingSecret\`, `
  + 'or put them into different namespaces';

test.each([
  ['cert-manager writes', 'tls', 'orders-tls'], ['the External Secrets Operator writes', 'credentials', 'orders-credentials'],
])('the Secret of a role must not be the one that %s for the same database', (_, role, secretName) => {
  const db = shop().add('orders', managed);
  db.addRole(role, { bindingSecret: {} });
  expect(told(db)).toEqual([`PG2411 bindingSecret: "${secretName}" is a Secret that somebody else makes, or that two roles share; give \`bindingSecret\` another \`name\``]);
});

test.each([
  ['cert-manager', 'archive-tls', 'orders-archive-tls'], ['the External Secrets Operator', 'archive-credentials', 'orders-archive-credentials'],
])('the Secret of a role must not be the one that %s writes for another database', (_, role, secretName) => {
  const { add } = shop();
  const [orders, archive] = [add('orders'), add('orders-archive', managed)];
  expect([...told(orders), ...told(archive)]).toEqual([]);
  orders.addRole(role, { bindingSecret: {} });
  expect(told(orders)).toEqual([clash('orders', `Secret ${secretName} of shop/orders-archive`)]);
  expect(told(archive)).toEqual([clash('orders-archive', `Secret ${secretName} of shop/orders`)]);
});

const certificate = { apiVersion: 'cert-manager.io/v1', kind: 'Certificate' };
const external = { apiVersion: 'external-secrets.io/v1beta1', kind: 'ExternalSecret' };

/** What else makes the Secret `orders-reader`. */
const MAKERS: [string, (chart: Chart, app: App) => Construct][] = [
  ['a Secret', (chart) => new Secret(chart, 'own', { metadata: { name: 'orders-reader' } })],
  ['a Secret that names its namespace', (_, app) => new Secret(new Chart(app, 'third'), 'own', { metadata: { name: 'orders-reader', namespace: 'shop' } })],
  ['a Certificate', (chart) => new ApiObject(chart, 'own', { ...certificate, spec: { secretName: 'orders-reader' } })],
  ['a Certificate whose name is known later', (chart) => new ApiObject(chart, 'own', { ...certificate, spec: { secretName: Lazy.any({ produce: () => 'orders-reader' }) } })],
  ['an ExternalSecret', (chart) => new ApiObject(chart, 'own', { ...external, spec: { target: { name: 'orders-reader', creationPolicy: 'Orphan' } } })],
  ['an ExternalSecret of the same name', (chart) => new ApiObject(chart, 'own', { ...external, metadata: { name: 'orders-reader' }, spec: {} })],
];

describe.each(MAKERS)('the Secret of a role must not be what %s of the program makes', (_, make) => {
  test.each(['before', 'after'])('that comes %s the role', (order) => {
    const { app, chart, add } = shop();
    const db = add('orders');
    if (order === 'after') db.addRole('reader', { bindingSecret: {} });
    const maker = make(new Chart(app, 'other', { namespace: 'shop' }), app);
    if (order === 'before') db.addRole('reader', { bindingSecret: {} });
    expect(told(db)).toEqual([clash('orders', `Secret orders-reader of ${ApiObject.of(maker).node.path}`)]);
    expect(() => chart.toJson()).toThrow(/PG1006/);
  });
});

const HARMLESS: [string, (chart: Chart, app: App) => unknown][] = [
  ['a Secret of another name', (chart) => new Secret(chart, 'own', { metadata: { name: 'orders-writer' } })],
  ['a Secret that is there already', (chart) => Secret.fromSecretName(chart, 'own', 'orders-reader')],
  ['a Secret of another namespace', (_, app) => new Secret(new Chart(app, 'other', { namespace: 'billing' }), 'own', { metadata: { name: 'orders-reader' } })],
  ['an object of another kind', (chart) => new ApiObject(chart, 'own', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'orders-reader' } })],
  ['a Certificate whose own name it is', (chart) => new ApiObject(chart, 'own', { ...certificate, metadata: { name: 'orders-reader' }, spec: { secretName: 'web-tls' } })],
  ['an ExternalSecret that fills a Secret', (chart) => new ApiObject(chart, 'own', { ...external, spec: { target: { name: 'orders-reader', creationPolicy: 'Merge' } } })],
  ['an ExternalSecret whose target has another name', (chart) => new ApiObject(chart, 'own', { ...external, metadata: { name: 'orders-reader' }, spec: { target: { name: 'b' } } })],
];

test.each(HARMLESS)('the Secret of a role stands beside %s', (_, make) => {
  const { app, chart, add } = shop();
  const db = add('orders');
  db.addRole('reader', { bindingSecret: {} });
  make(chart, app);
  expect(told(db)).toEqual([]);
});

test('what was taken out of the tree makes nothing any more', () => {
  const { chart, add } = shop();
  const db = add('orders', { credentials: Credentials.unsafePlainText({ password: 'one' }) });
  new Secret(chart, 'own', { metadata: { name: 'orders-credentials' } });
  expect(told(db)).toEqual([clash('orders', 'Secret orders-credentials of shop/own/Resource')]);
  chart.node.tryRemoveChild('own');
  expect(told(db)).toEqual([]);
});

test('a Secret that the program makes for a database to read is no clash', () => {
  const { chart, add } = shop();
  const secret = new Secret(chart, 'own', { metadata: { name: 'orders-credentials' } });
  expect(told(add('orders', { credentials: Credentials.fromSecret(secret) }))).toEqual([]);
});

test('many databases that make Secrets are judged in less than two seconds', () => {
  const { add, app } = shop();
  for (let index = 0; index < 150; index++) add(`db-${index}`, managed).addRole('reader', { bindingSecret: {} });
  const begun = performance.now();
  for (const construct of app.node.findAll()) construct.node.validate();
  expect(performance.now() - begun).toBeLessThan(2000);
});
