import { Cron } from 'cdk8s';
import { Backup, DatabaseClient, Exposure, ExternalTrafficPolicy, NetworkAccess, PostgresStatefulSet } from '../../src';
import { find, Json, program, synthesize } from '../support/find';
import type { SomeProps } from '../support/props';

const server = { 'cdk8s-postgres/cluster': 'orders-db', 'cdk8s-postgres/component': 'server' };
const postgres = [{ port: 5432, protocol: 'TCP' }];
const names = (port: number) => [{ port, protocol: 'UDP' }, { port, protocol: 'TCP' }];
const namespace = (name: string) => ({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } });
const resolution = [{ ports: names(53) }, { to: [namespace('openshift-dns')], ports: names(5353) }];
const backups = [Backup.logical({ schedule: Cron.daily() })];
const sidecars = [{ name: 'exporter', image: 'a:1', ports: { metrics: 9187 } }];

function policy(props: SomeProps = {}, declare: (db: PostgresStatefulSet) => void = () => undefined): Json {
  const { db, synth } = program(props, 'orders-db', 'shop');
  declare(db);
  return find(synth(), 'NetworkPolicy', 'orders-db').spec;
}

test('by default the server is reached from its namespace, and reaches its own pods and names', () => {
  expect(policy()).toEqual({
    podSelector: { matchLabels: server },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [{ from: [{ podSelector: {} }], ports: postgres }],
    egress: [{ to: [{ podSelector: { matchLabels: server } }], ports: postgres }, ...resolution],
  });
});

test('where only what is declared is let in, the database\'s own pods and Jobs are', () => {
  expect(policy({ networkAccess: NetworkAccess.declared() }).ingress).toEqual([
    { from: [{ podSelector: { matchLabels: { 'cdk8s-postgres/cluster': 'orders-db' } } }], ports: postgres },
  ]);
});

test('the pods of the Jobs reach the server and names, and nothing reaches them', () => {
  expect(find(synthesize({ backups }), 'NetworkPolicy', 'orders-db-jobs').spec).toEqual({
    podSelector: {
      matchLabels: { 'cdk8s-postgres/cluster': 'orders-db' },
      matchExpressions: [{ key: 'cdk8s-postgres/component', operator: 'In', values: ['backup', 'restore'] }],
    },
    policyTypes: ['Ingress', 'Egress'],
    egress: [{ to: [{ podSelector: { matchLabels: server } }], ports: postgres }, ...resolution],
  });
});

test('pods of Jobs have the labels that their policy selects', () => {
  const manifests = synthesize({ backups });
  const { matchLabels, matchExpressions: [{ key, values }] } = find(manifests, 'NetworkPolicy', 'orders-db-jobs').spec.podSelector;
  const jobs = manifests.filter(({ kind }) => kind === 'CronJob').map(({ spec }) => spec.jobTemplate.spec.template.metadata.labels);
  expect(jobs).toHaveLength(values.length);
  for (const labels of jobs) {
    expect(labels).toMatchObject(matchLabels);
    expect(values).toContain(labels[key]);
  }
});

test('without restrictions there is no policy', () => {
  expect(synthesize({ networkAccess: NetworkAccess.unrestricted(), backups }).filter(({ kind }) => kind === 'NetworkPolicy')).toEqual([]);
});

test('sidecars are reached from the namespace, and from elsewhere by the names of their ports', () => {
  const { ingress } = policy({ sidecars }, (db) => db.connections.allowFrom(DatabaseClient.inNamespace('monitoring'), { ports: ['metrics'] }));
  expect(ingress).toEqual([
    { from: [{ podSelector: {} }], ports: [...postgres, { port: 9187, protocol: 'TCP' }] },
    { from: [namespace('monitoring')], ports: [{ port: 9187, protocol: 'TCP' }] },
  ]);
});

test('clients are let in by labels, namespace and addresses', () => {
  const { ingress: [, ...clients] } = policy({}, ({ connections }) => {
    connections.allowFrom(DatabaseClient.pods({ app: 'web' }));
    connections.allowFrom(DatabaseClient.pods({ app: 'jobs' }, { namespaceName: 'batch' }));
    connections.allowFrom(DatabaseClient.pods({ app: 'own' }, { namespaceName: 'shop' }));
    connections.allowFrom(DatabaseClient.inNamespace('reports'));
    connections.allowFrom(DatabaseClient.cidr('10.20.0.0/16'));
  });
  expect(clients).toHaveLength(5);
  expect(clients).toEqual(expect.arrayContaining([
    { from: [{ podSelector: { matchLabels: { app: 'web' } } }], ports: postgres },
    { from: [{ ...namespace('batch'), podSelector: { matchLabels: { app: 'jobs' } } }], ports: postgres },
    { from: [{ podSelector: { matchLabels: { app: 'own' } } }], ports: postgres },
    { from: [namespace('reports')], ports: postgres },
    { from: [{ ipBlock: { cidr: '10.20.0.0/16' } }], ports: postgres },
  ]));
});

test('the database\'s pods are let out to what is declared', () => {
  const { egress } = policy({}, (db) => db.connections.allowTo(DatabaseClient.cidr('198.51.100.7/32'), [443, 8443]));
  expect(egress.at(-1)).toEqual({ to: [{ ipBlock: { cidr: '198.51.100.7/32' } }], ports: [{ port: 443, protocol: 'TCP' }, { port: 8443, protocol: 'TCP' }] });
});

test('labels of an untyped caller are text, and null is nothing', () => {
  const labels = { number: 7, nothing: null } as unknown as Record<string, string>;
  expect(policy({}, (db) => db.connections.allowFrom(DatabaseClient.pods(labels))).ingress.at(-1).from).toEqual([{ podSelector: { matchLabels: { number: '7' } } }]);
});

test('the order of calls, of labels and repetitions change nothing', () => {
  const calls: ((db: PostgresStatefulSet) => void)[] = [
    (db) => db.connections.allowFrom(DatabaseClient.pods({ a: '1', b: '2' })),
    (db) => db.connections.allowFrom(DatabaseClient.inNamespace('reports')),
    (db) => db.connections.allowTo(DatabaseClient.inNamespace('sink'), [9000]),
    (db) => db.connections.allowTo(DatabaseClient.cidr('198.51.100.7/32'), [443]),
  ];
  const again = (db: PostgresStatefulSet) => db.connections.allowFrom(DatabaseClient.pods({ b: '2', a: '1' }));
  expect(policy({}, (db) => [again, ...[...calls].reverse()].forEach((call) => call(db))))
    .toEqual(policy({}, (db) => calls.forEach((call) => call(db))));
});

const exposed = { acknowledgePlainText: true };

test.each([
  ['the named addresses', Exposure.loadBalancer({ ...exposed, sourceRanges: ['203.0.113.0/24'] }), ['203.0.113.0/24']],
  ['the nodes too, where they may hide the clients', Exposure.loadBalancer({
    ...exposed, sourceRanges: ['203.0.113.0/24'], trafficPolicy: ExternalTrafficPolicy.CLUSTER, nodeRanges: ['192.0.2.0/24'], allocateNodePorts: false,
  }), ['203.0.113.0/24', '192.0.2.0/24']],
  ['the nodes alone, where no client is named', Exposure.loadBalancer({
    ...exposed, acknowledgeAnySource: true, trafficPolicy: ExternalTrafficPolicy.CLUSTER, nodeRanges: ['192.0.2.0/24'],
  }), ['192.0.2.0/24']],
])('what comes from outside of the cluster is let in from %s', (_, exposure, ranges) => {
  expect(policy({ exposure }).ingress.at(-1)).toEqual({ from: ranges.map((cidr) => ({ ipBlock: { cidr } })), ports: postgres });
});

test('where every source is acknowledged, everybody is let in, in every family of addresses', () => {
  expect(policy({ exposure: Exposure.nodePort({ ...exposed, acknowledgeAnySource: true }) }).ingress.at(-1)).toEqual({ ports: postgres });
});

test('what is declared restarts no pod', () => {
  const set = (declare: (db: PostgresStatefulSet) => void) => {
    const { db, synth } = program();
    declare(db);
    return find(synth(), 'StatefulSet');
  };
  expect(set((db) => db.connections.allowFrom(DatabaseClient.inNamespace('reports')))).toEqual(set(() => undefined));
});
