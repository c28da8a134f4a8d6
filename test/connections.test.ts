import { App, Chart } from 'cdk8s';
import * as plus28 from 'cdk8s-plus-28';
import * as plus29 from 'cdk8s-plus-29';
import * as plus30 from 'cdk8s-plus-30';
import * as plus31 from 'cdk8s-plus-31';
import * as plus32 from 'cdk8s-plus-32';
import * as plus33 from 'cdk8s-plus-33';
import * as plus34 from 'cdk8s-plus-34';
import {
  ClientCertificates, ConnectionForm, ConnectOptions, Credentials, DatabaseClient, IPostgres, NetworkAccess, PostgresStatefulSet, Tls, TlsMode,
} from '../src';
import { find, Json } from './support/find';
import { minimalProps, SomeProps } from './support/props';

const ADDRESS = 'cdk8s.io/metadata.addr';

interface Shop {
  readonly chart: Chart;
  readonly db: PostgresStatefulSet;
  readonly web: plus28.Deployment;
}

function shop(props: SomeProps = {}, namespace: string | undefined = 'shop'): Shop {
  const chart = new Chart(new App(), 'shop', { namespace });
  const db = new PostgresStatefulSet(chart, 'orders-db', { ...minimalProps, database: 'orders', ...props });
  const web = new plus28.Deployment(chart, 'web', { containers: [{ name: 'app', image: 'a:1' }], initContainers: [{ name: 'migrate', image: 'a:1' }] });
  return { chart, db, web };
}

function connected(options?: ConnectOptions, props?: SomeProps): Json[] {
  const { chart, db, web } = shop(props);
  db.connections.connect(web, options);
  return chart.toJson();
}

const podOf = (manifests: readonly Json[]): Json => find(manifests, 'Deployment').spec.template.spec;
const clientObjects = (manifests: readonly Json[]): Json[] => manifests.filter(({ metadata }) => 'cdk8s-postgres/client-of' in (metadata.labels ?? {}));
const policyOf = (manifests: readonly Json[]): Json => find(clientObjects(manifests), 'NetworkPolicy');
const passwordFrom = (name: string, key: string) => ({ name: 'PGPASSWORD', valueFrom: { secretKeyRef: { name, key } } });

const variables = [
  { name: 'PGHOST', value: 'orders-db.shop.svc' },
  { name: 'PGPORT', value: '5432' },
  { name: 'PGDATABASE', value: 'orders' },
  { name: 'PGUSER', value: 'orders' },
  passwordFrom('orders-db-credentials', 'password'),
];

test('a workload gets the variables of libpq, in every container, and the password by reference', () => {
  const { containers, initContainers } = podOf(connected());
  expect(containers[0].env).toEqual(variables);
  expect(initContainers[0].env).toEqual(variables);
});

test('one call makes the policy of both sides', () => {
  const manifests = connected();
  const labels = find(manifests, 'Deployment').spec.template.metadata.labels;
  const client = { podSelector: { matchLabels: { [ADDRESS]: labels[ADDRESS] } } };
  expect(find(manifests, 'NetworkPolicy', 'orders-db').spec.ingress).toContainEqual({ from: [client], ports: [{ port: 5432, protocol: 'TCP' }] });
  expect(policyOf(manifests).spec).toMatchObject({
    ...client,
    policyTypes: ['Egress'],
    egress: [
      { to: [{ podSelector: { matchLabels: { 'cdk8s-postgres/cluster': 'orders-db', 'cdk8s-postgres/component': 'server' } } }], ports: [{ port: 5432 }] },
      { ports: [{ port: 53, protocol: 'UDP' }, { port: 53, protocol: 'TCP' }] },
      { ports: [{ port: 5353, protocol: 'UDP' }, { port: 5353, protocol: 'TCP' }] },
    ],
  });
});

test('files are those of servicebinding.io: the password from the Secret, all else from a ConfigMap', () => {
  const manifests = connected({ form: ConnectionForm.FILES });
  const { containers, volumes } = podOf(manifests);
  const configMap = find(clientObjects(manifests), 'ConfigMap');
  expect(containers[0].env).toEqual([{ name: 'SERVICE_BINDING_ROOT', value: '/bindings' }]);
  expect(containers[0].volumeMounts).toEqual([{ name: 'binding-orders-db', mountPath: '/bindings/orders-db', readOnly: true }]);
  expect(volumes).toEqual([{
    name: 'binding-orders-db',
    projected: {
      defaultMode: 0o444,
      sources: [{ configMap: { name: configMap.metadata.name } }, { secret: { name: 'orders-db-credentials', items: [{ key: 'password', path: 'password' }] } }],
    },
  }]);
  expect(configMap.data).toEqual({
    'type': 'postgresql',
    'provider': 'cdk8s-postgres',
    'host': 'orders-db.shop.svc',
    'port': '5432',
    'database': 'orders',
    'username': 'orders',
    'uri': 'postgresql://orders@orders-db.shop.svc:5432/orders',
    'jdbc-url': 'jdbc:postgresql://orders-db.shop.svc:5432/orders',
  });
});

test('no password is written, not even one that the program knows', () => {
  const { chart, db, web } = shop({ credentials: Credentials.unsafePlainText({ password: 'hunter2' }) });
  db.connections.connect(web, { form: ConnectionForm.FILES });
  expect(JSON.stringify(chart.toJson().filter(({ kind }) => kind !== 'Secret'))).not.toContain('hunter2');
});

test('with TLS that is required no client sends its password in the clear, and files have the certificate authority where there is one', () => {
  const props = { tls: Tls.fromSecretName('certificate') };
  expect(podOf(connected({}, props)).containers[0].env).toContainEqual({ name: 'PGSSLMODE', value: 'require' });
  const files = connected({ form: ConnectionForm.FILES }, props);
  expect(find(clientObjects(files), 'ConfigMap').data.sslmode).toBe('require');
  expect(podOf(files).volumes[0].projected.sources).toContainEqual({ secret: { name: 'certificate', items: [{ key: 'ca.crt', path: 'ca.crt' }], optional: true } });
  const optional = { tls: Tls.fromSecretName('certificate', { mode: TlsMode.OPTIONAL }) };
  expect(podOf(connected({}, optional)).containers[0].env).toEqual(variables);
});

test('a workload is connected as another role, with its own Secret, in chosen containers', () => {
  const { chart, db, web } = shop();
  db.connections.connect(web, { user: 'reader', secretName: 'reader', database: 'reports', containers: ['migrate'] });
  db.addDatabase('reports');
  db.addRole('reader');
  const { containers, initContainers } = podOf(chart.toJson());
  expect(containers[0].env).toBeUndefined();
  expect(initContainers[0].env).toEqual([
    ...variables.slice(0, 2), { name: 'PGDATABASE', value: 'reports' }, { name: 'PGUSER', value: 'reader' }, passwordFrom('reader', 'password'),
  ]);
});

test('files lie where they were asked for, and a workload takes those of two databases', () => {
  const { chart, db, web } = shop();
  const other = new PostgresStatefulSet(chart, 'stock-db', minimalProps);
  for (const { connections } of [db, other]) connections.connect(web, { form: ConnectionForm.FILES, bindingRoot: '/etc/databases' });
  const [{ env, volumeMounts }] = podOf(chart.toJson()).containers;
  expect(env).toEqual([{ name: 'SERVICE_BINDING_ROOT', value: '/etc/databases' }]);
  expect(volumeMounts.map(({ mountPath }: Json) => mountPath)).toEqual(['/etc/databases/orders-db', '/etc/databases/stock-db']);
});

test('files of one database for several roles and databases lie side by side, and the same connection again is no other one', () => {
  const { chart, db, web } = shop();
  db.addDatabase('reports');
  db.addRole('reader');
  const [app] = web.containers;
  const form = ConnectionForm.FILES;
  const reader = { form, user: 'reader', secretName: 'reader' };
  for (const options of [{ form, containers: ['app'] }, { form }, reader, { ...reader, containers: ['app'] }, { form, database: 'reports', containers: ['app'] }]) {
    db.connections.connect(web, options);
  }
  const manifests = chart.toJson();
  expect(app.mounts.map(({ path }) => path)).toEqual(['/bindings/orders-db', '/bindings/orders-db-reader', '/bindings/orders-db-reports']);
  expect(podOf(manifests).initContainers[0].volumeMounts).toHaveLength(2);
  expect(podOf(manifests).volumes).toHaveLength(3);
  expect(clientObjects(manifests).filter(({ kind }) => kind === 'ConfigMap').map(({ data }) => `${data.database} ${data.username}`))
    .toEqual(['orders orders', 'orders reader', 'reports orders']);
  expect(clientObjects(manifests).filter(({ kind }) => kind === 'NetworkPolicy')).toHaveLength(1);
});

test('objects of the owner in the own namespace are named by the labels of the pods alone', () => {
  const { chart, db } = shop();
  db.connections.connect(new plus28.Deployment(chart, 'api', { containers: [{ name: 'app', image: 'a:1' }] }), { form: ConnectionForm.FILES });
  expect(clientObjects(chart.toJson()).map(({ metadata }) => metadata.name)).toEqual(['orders-db-binding-76958b98', 'orders-db-client-76958b98']);
});

test('a database that is not declared when the program is complete is told with those that are', () => {
  const { chart, db, web } = shop();
  db.addDatabase('reports');
  db.connections.connect(web, { database: 'nope' });
  expect(() => chart.toJson()).toThrow(/database: "nope" is not declared for "orders-db", which has orders, reports, postgres; .*addDatabase/);
});

test('a workload that was removed leaves nothing that its successor would do without', () => {
  const { chart, db, web } = shop();
  db.connections.connect(web);
  chart.node.tryRemoveChild('web');
  const next = new plus28.Deployment(chart, 'web', { containers: [{ name: 'app', image: 'a:1' }] });
  db.connections.connect(next);
  expect(clientObjects(chart.toJson())).toHaveLength(1);
});

test.each([
  ['the client keeps its own rules', { clientPolicy: false }, {}, 0, 2],
  ['the database has no restrictions', {}, { networkAccess: NetworkAccess.unrestricted() }, 0, 0],
  ['only what is declared is let in', {}, { networkAccess: NetworkAccess.declared() }, 1, 2],
])('%s', (_, options, props, policies, rules) => {
  const manifests = connected(options, props);
  expect(clientObjects(manifests)).toHaveLength(policies);
  expect(manifests.filter(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === 'orders-db').flatMap(({ spec }) => spec.ingress)).toHaveLength(rules);
});

test('a client in another namespace: its policy is there, and both sides name the other\'s', () => {
  const { chart, db } = shop();
  const front = new Chart(chart.node.root as App, 'front', { namespace: 'front' });
  const web = new plus28.Deployment(front, 'web', { containers: [{ name: 'app', image: 'a:1' }] });
  db.connections.connect(web, { form: ConnectionForm.FILES, secretName: 'orders-db-credentials' });
  const named = (name: string) => ({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } });
  expect(find(chart.toJson(), 'NetworkPolicy', 'orders-db').spec.ingress).toContainEqual(expect.objectContaining({ from: [expect.objectContaining(named('front'))] }));
  expect(policyOf(front.toJson()).spec.egress[0].to).toEqual([expect.objectContaining(named('shop'))]);
  expect(front.toJson().map(({ metadata }) => metadata.namespace)).toEqual(['front', 'front', 'front']);
});

const LINES: [string, typeof plus28][] = Object.entries({ plus28, plus29, plus30, plus31, plus32, plus33, plus34 })
  .map(([line, plus]) => [line, plus as unknown as typeof plus28]);

describe.each(LINES)('workloads of cdk8s-%s', (_, plus) => {
  const containers = [{ name: 'app', image: 'a:1' }];

  test.each([
    ['Deployment', (chart: Chart) => new plus.Deployment(chart, 'client', { containers })],
    ['DaemonSet', (chart: Chart) => new plus.DaemonSet(chart, 'client', { containers })],
    ['Job', (chart: Chart) => new plus.Job(chart, 'client', { containers })],
    ['Pod', (chart: Chart) => new plus.Pod(chart, 'client', { containers })],
    // A StatefulSet of the later lines leaves out every volume that it has.
    ...plus === plus28 ? [['StatefulSet', (chart: Chart) => {
      return new plus28.StatefulSet(chart, 'client', { containers, service: new plus28.Service(chart, 'service', { ports: [{ port: 80 }] }) });
    }]] : [],
  ] as [string, (chart: Chart) => plus28.AbstractPod][])('a %s is told by variables and by files, and selected by the policies', (kind, make) => {
    const { chart, db } = shop();
    const workload = make(chart);
    const other = new PostgresStatefulSet(chart, 'stock-db', minimalProps);
    db.connections.connect(workload);
    other.connections.connect(workload, { form: ConnectionForm.FILES });
    const manifests = chart.toJson();
    const own = manifests.find(({ metadata: { name } }) => name === workload.name);
    const { metadata, spec } = kind === 'Pod' ? own : own.spec.template;
    expect(spec.containers[0].env).toEqual([...variables, { name: 'SERVICE_BINDING_ROOT', value: '/bindings' }]);
    expect(spec.volumes[0].projected.sources).toHaveLength(2);
    expect(spec.containers[0].volumeMounts).toHaveLength(1);
    for (const policy of manifests.filter((one) => one.kind === 'NetworkPolicy' && one.spec.policyTypes.length === 1)) {
      expect(metadata.labels).toMatchObject(policy.spec.podSelector.matchLabels);
    }
  });
});

test.each([
  ['a role whose password nobody knows', (_: Shop, db: IPostgres, web: plus28.Deployment) => db.connections.connect(web, { user: 'reader' }), /"reader".*secretName/],
  ['a container that is not there', (_: Shop, db: IPostgres, web: plus28.Deployment) => db.connections.connect(web, { containers: ['no'] }), /no container is named no/],
  ['a workload without containers', ({ chart }: Shop, db: IPostgres) => db.connections.connect(new plus28.Deployment(chart, 'empty')), /there is no container yet/],
  ['variables that are set already', (_: Shop, db: IPostgres, web: plus28.Deployment) => [1, 2].forEach(() => db.connections.connect(web)),
    /has PGHOST, .*ConnectionForm\.FILES/],
  ['two databases in one folder', ({ chart }: Shop, _: IPostgres, web: plus28.Deployment) => ['books', 'cooks'].forEach((database) =>
    PostgresStatefulSet.fromAttributes(chart, database, { name: 'ledger', database }).connections.connect(web, { form: ConnectionForm.FILES })),
  /"app" has "\/bindings\/ledger" already.*another container/],
])('refuses %s', (_, act, message) => {
  const made = shop();
  expect(() => act(made, made.db, made.web)).toThrow(message);
});

test.each([
  ['a Secret of another namespace', 'shop', {}, {}, /secretName: .*"orders-db-credentials".*"shop".*"front\/web" in "front".*across namespaces; make/],
  ['a database whose namespace nobody knows', undefined, {}, { secretName: 'own' }, /namespace: .*"front\/web" is in "front".*"orders-db" has no namespace.*give the chart/],
  ...[ClientCertificates.VERIFIED, ClientCertificates.VERIFIED_AUTHORITY].map((clientCertificates) => [
    `certificates of clients (${clientCertificates})`, 'front', { tls: Tls.fromSecretName('certificate', { clientCertificates }) }, {},
    new RegExp(`tls.clientCertificates: "${clientCertificates}" .*without connect.*allowFrom`),
  ] as const),
] as const)('refuses to connect a workload of the namespace front: %s', (_, namespace, props, options, message) => {
  const chart = new Chart(new App(), 'shop', { namespace });
  const db = new PostgresStatefulSet(chart, 'orders-db', { ...minimalProps, ...props });
  const web = new plus28.Deployment(new Chart(chart.node.root as App, 'front', { namespace: 'front' }), 'web', { containers: [{ image: 'a:1' }] });
  expect(() => db.connections.connect(web, options)).toThrow(message);
  expect(web.node.children.filter(({ node }) => node.id.startsWith('orders-db'))).toEqual([]);
});

describe('a database of another program', () => {
  function imported(): Shop & { readonly theirs: IPostgres } {
    const made = shop();
    return { ...made, theirs: PostgresStatefulSet.fromAttributes(made.chart, 'theirs', { name: 'ledger', namespaceName: 'finance', database: 'books', secretName: 'books-login' }) };
  }

  test('is connected: the variables, and a policy on the client\'s side', () => {
    const { chart, theirs, web } = imported();
    theirs.connections.connect(web);
    const manifests = chart.toJson();
    expect(podOf(manifests).containers[0].env.map(({ value }: Json) => value)).toEqual(['ledger.finance.svc', '5432', 'books', 'books', undefined]);
    expect(policyOf(manifests).spec.egress[0].to).toEqual([{
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'finance' } },
      podSelector: { matchLabels: { 'cdk8s-postgres/cluster': 'ledger', 'cdk8s-postgres/component': 'server' } },
    }]);
  });

  test('is allowed for pods by their labels, once however often it is said', () => {
    const { chart, theirs } = imported();
    for (const labels of [{ a: '1', b: '2' }, { b: '2', a: '1' }]) theirs.connections.allowFrom(DatabaseClient.pods(labels));
    expect(clientObjects(chart.toJson()).map(({ spec }) => spec.podSelector)).toEqual([{ matchLabels: { a: '1', b: '2' } }]);
  });

  test('is told apart from one of the same name in another namespace', () => {
    const { chart, theirs, web } = imported();
    const second = PostgresStatefulSet.fromAttributes(chart, 'second', { name: 'ledger', namespaceName: 'audit', secretName: 'audit-login' });
    for (const { connections } of [theirs, second]) connections.connect(web, { form: ConnectionForm.FILES });
    const manifests = chart.toJson();
    const [{ volumeMounts }] = podOf(manifests).containers;
    expect(volumeMounts.map(({ mountPath }: Json) => mountPath)).toEqual(['/bindings/ledger.finance', '/bindings/ledger.audit']);
    const hosts = podOf(manifests).volumes.map(({ projected }: Json) => find(manifests, 'ConfigMap', projected.sources[0].configMap.name).data.host);
    expect(hosts).toEqual(['ledger.finance.svc', 'ledger.audit.svc']);
    const policies = clientObjects(manifests).filter(({ kind }) => kind === 'NetworkPolicy');
    expect(policies.map(({ spec }) => spec.egress[0].to[0].namespaceSelector.matchLabels['kubernetes.io/metadata.name'])).toEqual(['finance', 'audit']);
    expect(new Set(policies.map(({ metadata }) => metadata.name)).size).toBe(2);
  });

  test('makes one policy for a workload that is connected and allowed, by whichever reference', () => {
    const { chart, theirs, web } = imported();
    const again = PostgresStatefulSet.fromAttributes(chart, 'again', { name: 'ledger', namespaceName: 'finance', database: 'books', secretName: 'books-login' });
    theirs.connections.allowFrom(DatabaseClient.workload(web));
    theirs.connections.connect(web, { form: ConnectionForm.FILES });
    again.connections.connect(web, { form: ConnectionForm.FILES });
    expect(clientObjects(chart.toJson()).map(({ kind }) => kind).sort()).toEqual(['ConfigMap', 'NetworkPolicy']);
  });

  test('lets pods of equal labels out in every namespace that is named, and in the chart\'s once', () => {
    const { chart, theirs } = imported();
    for (const options of [{}, { namespaceName: 'shop' }, { namespaceName: 'front' }, { namespaceName: 'back' }]) {
      theirs.connections.allowFrom(DatabaseClient.pods({ app: 'web' }, options));
    }
    expect(clientObjects(chart.toJson()).map(({ metadata }) => metadata.namespace)).toEqual(['shop', 'front', 'back']);
  });

  test('is not let in or out here by what only its own program can say', () => {
    const { connections } = imported().theirs;
    expect(() => connections.allowFrom(DatabaseClient.inNamespace('front'))).toThrow(/"ledger" is made by another program/);
    expect(() => connections.allowFrom(DatabaseClient.cidr('10.0.0.0/8'))).toThrow(/another program/);
    expect(() => connections.allowTo(DatabaseClient.cidr('10.0.0.0/8'), [443])).toThrow(/another program/);
  });
});

test('a workload without the label of cdk8s-plus is told to be named by labels', () => {
  const { chart } = shop();
  const pod = new plus28.Pod(chart, 'pod', { containers: [{ image: 'a:1' }] });
  jest.spyOn(pod.podMetadata, 'getLabel').mockReturnValue(undefined);
  expect(() => DatabaseClient.workload(pod)).toThrow(/DatabaseClient\.pods/);
});
