import { Duration } from 'cdk8s';
import { EnvironmentValue, PostgresImage, PostgresVersion } from '../../src';
import { Json, podTemplate, synthesize } from '../support/find';
import { allProps, SomeProps } from '../support/props';

const container = (props: SomeProps = {}): Json => podTemplate(synthesize(props)).spec.containers[0];
const environment = (props: SomeProps = {}): Json => Object.fromEntries(container(props).env
  .map(({ name, value, valueFrom }: Json) => [name, value ?? valueFrom]));

test('our supervisor is the first process', () => {
  expect(container()).toMatchObject({ command: ['bash', '/opt/cdk8s-postgres/supervisor.sh'], ports: [{ name: 'postgresql', containerPort: 5432 }] });
  expect(container().args).toBeUndefined();
});

test('its environment', () => {
  expect(environment()).toEqual({
    PGDATA: '/var/lib/postgresql/18/docker',
    PGHOST: '/var/run/postgresql',
    PGSTS_NAME: 'orders-db',
    PGSTS_MAJOR: '18',
    PGSTS_OWNER: 'app',
    PGSTS_WAL_VOLUME: '',
    PGSTS_WAL_SEGMENT_MEBIBYTES: '16',
    PGSTS_LOCALE_PROVIDER: 'builtin',
    PGSTS_LOCALE: 'C.UTF-8',
    PGSTS_STOP_SECONDS: '290',
    PGSTS_ON_DIVERGENCE: 'rewind',
    PGSTS_MAXIMUM_LAG_BYTES: `${64 * 1024 ** 2}`,
    PGSTS_ACKNOWLEDGED_MAJOR: '',
    PGSTS_ACKNOWLEDGED_LIBC: '',
    PGSTS_ACKNOWLEDGED_CLUSTER: '',
    PGSTS_POD: { fieldRef: { fieldPath: 'metadata.name' } },
  });
});

test('the environment of the full program', () => {
  expect(environment(allProps)).toMatchObject({
    PGSTS_WAL_VOLUME: '/var/lib/postgresql-wal',
    PGSTS_WAL_SEGMENT_MEBIBYTES: '64',
    PGSTS_LOCALE_PROVIDER: 'icu',
    PGSTS_LOCALE: 'fr-FR',
    PGSTS_ON_DIVERGENCE: 'halt',
    PGSTS_MAXIMUM_LAG_BYTES: `${128 * 1024 ** 2}`,
    PGSTS_ACKNOWLEDGED_MAJOR: '16',
    PGSTS_ACKNOWLEDGED_LIBC: 'glibc-2.36',
    PGSTS_ACKNOWLEDGED_CLUSTER: 'old-db/7374650000000000001',
    ZONE: 'a',
    NODE: { fieldRef: { fieldPath: 'spec.nodeName' } },
    TOKEN: { secretKeyRef: { name: 'tokens', key: 'one' } },
    MODE: { configMapKeyRef: { name: 'modes', key: 'two' } },
  });
});

test('dollars stay what they are: Kubernetes would expand $(NAME) and halve $$', () => {
  const props = { owner: 'cash$$', environment: { OWN: EnvironmentValue.fromText('$(PGDATA) a$$b') } };
  expect(environment(props)).toMatchObject({ PGSTS_OWNER: 'cash$$$$', OWN: '$$(PGDATA) a$$$$b' });
});

test('the server stops fast ten seconds before the pod is killed', () => {
  expect(environment({ terminationGracePeriod: Duration.minutes(2) }).PGSTS_STOP_SECONDS).toBe('110');
});

test('no secret of our own is in the environment', () => {
  expect(container().env.filter(({ valueFrom }: Json) => valueFrom?.secretKeyRef)).toEqual([]);
});

test('probes read the state and leave an hour to recover', () => {
  const { startupProbe, livenessProbe, readinessProbe } = container();
  expect([startupProbe, livenessProbe, readinessProbe].map(({ exec }) => exec.command)).toEqual(
    ['startup', 'live', 'ready'].map((kind) => ['bash', '/opt/cdk8s-postgres/probe.sh', kind]));
  expect(startupProbe.periodSeconds).toBe(1);
  expect(startupProbe.periodSeconds * startupProbe.failureThreshold).toBeGreaterThanOrEqual(3600);
});

test('resources', () => {
  expect(container(allProps).resources).toEqual({ requests: { cpu: '2', memory: '4Gi' }, limits: { cpu: '4', memory: '5Gi' } });
});

test.each([PostgresVersion.V15, PostgresVersion.V16, PostgresVersion.V17, PostgresVersion.V18])('the place of the data of $version', (version) => {
  expect(environment({ version }).PGDATA).toBe(`/var/lib/postgresql/${version.major}/docker`);
});

test.each([12345, 70, undefined])('a custom image that runs as %s gets a passwd file: nobody knows which users it has', (runAsUser) => {
  const passwd = container({ image: PostgresImage.custom({ image: 'a:1', runAsUser }) }).volumeMounts.filter(({ mountPath }: Json) => mountPath === '/etc/passwd');
  expect(passwd).toEqual([{ name: 'settings', mountPath: '/etc/passwd', subPath: 'passwd', readOnly: true }]);
  expect(container().volumeMounts.some(({ mountPath }: Json) => mountPath === '/etc/passwd')).toBe(false);
});
