import { Chart, Cron, Duration, Size, Testing, Yaml } from 'cdk8s';
import { Construct } from 'constructs';
import { Acknowledgement, Backup, CertificateIssuer, Credentials, EmptyVolume, Exposure, PodManagement, PostgresStatefulSet, PostgresStatefulSetProps, PostgresVersion, Replication, Rollout, Spread, Storage, Tls } from '../../src';
import { find, Json, podTemplate, program, synthesize } from '../support/find';
import { allProps, minimalProps, SomeProps } from '../support/props';

// What is pinned here never changes once released: a difference loses somebody's data or leaves their pods without a Service.

const backup = Backup.logical({ schedule: Cron.daily() });
const everything: SomeProps = {
  backups: [backup],
  walStorage: Storage.persistent(Size.gibibytes(1)),
  credentials: Credentials.unsafePlainText({ password: 'x', replicationPassword: 'y' }),
  instances: 2,
  tls: Tls.certManager(CertificateIssuer.fromIssuerName('team')),
  exposure: Exposure.nodePort({ acknowledgePlainText: true, acknowledgeAnySource: true }),
};

/** The hash of an immutable ConfigMap follows its content. */
const withoutHash = (name: string): string => name.replace(/-[0-9a-f]{8}$/, '-<hash>');

test('the names of all objects', () => {
  expect(synthesize(everything).map(({ kind, metadata }) => `${kind} ${withoutHash(metadata.name)}`).sort()).toEqual([
    'Certificate orders-db-tls',
    'ConfigMap orders-db-access',
    'ConfigMap orders-db-databases',
    'ConfigMap orders-db-jobs-<hash>',
    'ConfigMap orders-db-reload',
    'ConfigMap orders-db-scripts-<hash>',
    'ConfigMap orders-db-settings-<hash>',
    'ConfigMap orders-db-topology',
    'CronJob orders-db-backup',
    'CronJob orders-db-restore',
    'NetworkPolicy orders-db',
    'NetworkPolicy orders-db-jobs',
    'PersistentVolumeClaim orders-db-backup',
    'PodDisruptionBudget orders-db',
    'Secret orders-db-credentials',
    'Service orders-db',
    'Service orders-db-external',
    'Service orders-db-headless',
    'Service orders-db-r',
    'ServiceAccount orders-db',
    'StatefulSet orders-db',
  ]);
});

test('the construct ids', () => {
  expect(program(everything).db.node.children.map(({ node }) => node.id).sort()).toEqual([
    'Resource', 'access', 'backup-backup', 'certificate', 'claim-backup', 'credentials', 'databases', 'external-service', 'headless-service', 'jobs', 'jobs-network-policy',
    'network-policy', 'pod-disruption-budget', 'read-service', 'reload', 'restore-backup', 'scripts', 'service',
    'service-account', 'settings', 'topology',
  ]);
});

test('what the Services and the StatefulSet select', () => {
  const server = { 'cdk8s-postgres/cluster': 'orders-db', 'cdk8s-postgres/component': 'server' };
  const manifests = synthesize(everything);
  expect(find(manifests, 'StatefulSet').spec.selector).toEqual({ matchLabels: server });
  expect(find(manifests, 'Service', 'orders-db-headless').spec.selector).toEqual(server);
  expect(find(manifests, 'Service', 'orders-db-r').spec.selector).toEqual(server);
  expect(find(manifests, 'PodDisruptionBudget').spec.selector).toEqual({ matchLabels: server });
  expect(find(manifests, 'Service', 'orders-db').spec.selector).toEqual({ ...server, 'statefulset.kubernetes.io/pod-name': 'orders-db-0' });
});

test('the governing Service, and the claims with their labels', () => {
  const { spec } = find(synthesize(everything), 'StatefulSet');
  expect(spec.serviceName).toBe('orders-db-headless');
  expect(spec.volumeClaimTemplates.map(({ metadata }: Json) => metadata)).toEqual(['data', 'wal'].map((name) => ({
    name, labels: { 'cdk8s-postgres/cluster': 'orders-db', 'cdk8s-postgres/component': 'server' },
  })));
});

test('where the container finds its files', () => {
  const [{ name, volumeMounts }] = podTemplate(synthesize(everything)).spec.containers;
  expect(name).toBe('postgres');
  expect(Object.fromEntries(volumeMounts.map((mount: Json) => [mount.name, mount.mountPath]))).toEqual({
    'data': '/var/lib/postgresql',
    'wal': '/var/lib/postgresql-wal',
    'socket': '/var/run/postgresql',
    'run': '/run/cdk8s-postgres',
    'temporary': '/tmp',
    'shared-memory': '/dev/shm',
    'scripts': '/opt/cdk8s-postgres',
    'settings': '/etc/cdk8s-postgres/settings',
    'reload': '/etc/cdk8s-postgres/reload',
    'access': '/etc/cdk8s-postgres/access',
    'topology': '/etc/cdk8s-postgres/topology',
    'databases': '/etc/cdk8s-postgres/databases',
    'credentials': '/etc/cdk8s-postgres/credentials',
    'tls': '/etc/cdk8s-postgres/tls',
  });
});

test.each([['15', PostgresVersion.V15], ['16', PostgresVersion.V16], ['17', PostgresVersion.V17], ['18', PostgresVersion.V18]])('the place of the data of PostgreSQL %s', (major, version) => {
  const { env } = podTemplate(synthesize({ version })).spec.containers[0];
  expect(env.find(({ name }: Json) => name === 'PGDATA').value).toBe(`/var/lib/postgresql/${major}/docker`);
});

test('the keys of the Secret', () => {
  const { secret } = podTemplate(synthesize()).spec.volumes.find(({ name }: Json) => name === 'credentials');
  expect(secret.items.map(({ key }: Json) => key)).toEqual(['username', 'password', 'superuser-password', 'replication-password', 'backup-password', 'restore-password']);
});

test('moving the construct in the tree changes nothing', () => {
  const at = (nest: (chart: Chart) => Construct) => {
    const chart = Testing.chart();
    new PostgresStatefulSet(nest(chart), 'orders-db', minimalProps);
    return Testing.synth(chart);
  };
  expect(at((chart) => new Construct(new Construct(chart, 'deeply'), 'nested'))).toEqual(at((chart) => chart));
});

test('the chart\'s own labels and name prefix reach neither names nor selectors', () => {
  const chart = new Chart(Testing.app(), 'chart', { labels: { chart: 'label' } });
  new PostgresStatefulSet(chart, 'orders-db', minimalProps);
  const manifests = Testing.synth(chart);
  const { spec } = find(manifests, 'StatefulSet', 'orders-db');
  expect(JSON.stringify([spec, find(manifests, 'Service', 'orders-db').spec])).not.toContain('"chart"');
});

test('labels, annotations and version reach neither selectors nor claims', () => {
  const fixed = (props: SomeProps) => {
    const manifests = synthesize(props);
    const { selector, volumeClaimTemplates, serviceName } = find(manifests, 'StatefulSet').spec;
    return [selector, volumeClaimTemplates, serviceName, ...manifests.filter(({ kind }) => kind === 'Service').map(({ spec }) => spec)];
  };
  expect(fixed({ labels: { team: 'x' }, annotations: { note: 'y' }, version: PostgresVersion.V15 })).toEqual(fixed({}));
});

const KEEPING: [string, SomeProps, SomeProps][] = [
  ['rollout', {}, { rollout: Rollout.paused() }],
  ['a rollout to replicas', { instances: 3 }, { instances: 3, rollout: Rollout.canary(2) }],
  ['the number of pods', {}, { instances: 9 }],
  ...[1, 2].map((primaryOrdinal): [string, SomeProps, SomeProps] => [
    `the primary at ${primaryOrdinal}`, { instances: 3, primaryOrdinal: 0 }, { instances: 3, primaryOrdinal },
  ]),
  ['what is waited for', { instances: 3 }, { instances: 3, replication: Replication.synchronous() }],
  ['how many are waited for', { instances: 4, replication: Replication.synchronous() }, { instances: 4, replication: Replication.synchronous({ quorum: 2 }) }],
  ['the limits of a switchover', {}, { replication: Replication.asynchronous({ switchoverLag: Duration.millis(5), switchoverDelay: Duration.minutes(5) }) }],
  ['how much log a slot keeps', {}, { replication: Replication.asynchronous({ slotLimit: Size.gibibytes(1) }) }],
  ['a first backup', {}, { backups: [backup] }],
  ['the schedule of a backup', { backups: [backup] }, { backups: [Backup.logical({ schedule: Cron.weekly(), parallelJobs: 7 })] }],
  ['parameters that need a reload', {}, { parameters: { work_mem: '9MB', log_connections: 'on' } }],
  ['the database', { owner: 'app' }, { owner: 'app', database: 'other' }],
  ['retention of claims', {}, { storage: Storage.persistent(Size.gibibytes(10), { whenDeleted: 'Delete' as never }) }],
  ['what is done with an empty volume', {}, { emptyVolume: EmptyVolume.REFUSE }],
  ['pod management', {}, { podManagement: PodManagement.ORDERED_READY }],
];

test.each(KEEPING)('%s: the pod template stays, byte for byte', (_, before, after) => {
  const text = (props: SomeProps): string => Yaml.stringify(podTemplate(synthesize(props)));
  expect(text(after)).toBe(text(before));
});

test.each([1, 2])('the primary at %d: nothing changes but the topology and whom the Services for writing select', (primaryOrdinal) => {
  const exposure = Exposure.nodePort({ acknowledgePlainText: true, acknowledgeAnySource: true });
  const replication = Replication.synchronous();
  const [before, after] = [0, primaryOrdinal].map((ordinal) => synthesize({ instances: 3, exposure, primaryOrdinal: ordinal, replication }));
  const changed = after.filter((manifest, index) => Yaml.stringify(manifest) !== Yaml.stringify(before[index]));
  expect(changed.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort()).toEqual(['ConfigMap orders-db-topology', 'Service orders-db', 'Service orders-db-external']);
  expect(find(after, 'ConfigMap', 'orders-db-topology').data).toEqual({ ...find(before, 'ConfigMap', 'orders-db-topology').data, primary: `${primaryOrdinal}\n` });
  for (const name of ['orders-db', 'orders-db-external']) {
    expect(find(after, 'Service', name).spec.selector).toEqual({
      'cdk8s-postgres/cluster': 'orders-db', 'cdk8s-postgres/component': 'server', 'statefulset.kubernetes.io/pod-name': `orders-db-${primaryOrdinal}`,
    });
  }
});

const CHANGING: [string, SomeProps][] = [
  ['parameters that need a restart', { parameters: { max_connections: '50' } }],
  ['the version', { version: PostgresVersion.V17 }],
  ['memory', { resources: { memory: Size.gibibytes(2) } }],
  ['the grace period', { terminationGracePeriod: Duration.minutes(9) }],
  ['how far a replica may be behind', { replication: Replication.asynchronous({ maximumLag: Size.mebibytes(65) }) }],
  ['how pods are kept apart', { scheduling: { spread: Spread.unrestricted() } }],
  ['an acknowledgement', { acknowledgements: [Acknowledgement.otherMajor('17')] }],
];

test.each(CHANGING)('%s: the pod template changes', (_, props) => {
  expect(podTemplate(synthesize(props))).not.toEqual(podTemplate(synthesize()));
});

test('the topology is no part of the pod template', () => {
  expect(JSON.stringify(podTemplate(synthesize()))).not.toMatch(/"replicas"|"instances"/);
});

/** Props that a released version had and the meaning of which never changes; a new one is added here on purpose. */
test('the names of the props', () => {
  const names: (keyof PostgresStatefulSetProps)[] = [
    'acknowledgements', 'annotations', 'backups', 'credentials', 'database', 'emptyVolume', 'environment', 'exposure', 'extensions', 'hbaRules', 'hostUsers', 'image',
    'imagePullPolicy', 'imagePullSecrets', 'initSql', 'initdb', 'instances', 'ipFamilies', 'ipFamilyPolicy', 'labels', 'name', 'networkAccess', 'owner', 'parameters',
    'podAnnotations', 'podManagement', 'podSecurity', 'primaryOrdinal', 'replication', 'resources', 'rollout', 'scheduling', 'serviceAccountName', 'serviceAnnotations', 'sidecars', 'storage',
    'syncWave', 'terminationGracePeriod', 'tls', 'version', 'volumeMounts', 'walStorage',
  ];
  expect(Object.keys(allProps).sort()).toEqual(names);
});
