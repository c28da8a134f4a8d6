import { Client } from './support/client';
import { serverStatus } from './support/database';
import { exampleNames, movedTo, synthesizeExample } from './support/examples';
import { diagnosed, Manifest, Namespace } from './support/namespace';
import { figure, until } from './support/wait';

interface Example {
  readonly database: string;
  readonly owner: string;
  /** Read by the program where it is synthesized. */
  readonly variables?: Readonly<Record<string, string>>;
  /** What the example expects in its namespace. */
  readonly expects: readonly Manifest[];
  /** What only this example has. */
  readonly observe: (host: Host) => Promise<void>;
}

interface Host {
  readonly namespace: Namespace;
  readonly name: string;
  readonly pod: any;
  readonly sql: (text: string) => Promise<string>;
}

const PASSWORD = 'example';

const EXAMPLES: Readonly<Record<string, Example>> = {
  '01-single': {
    database: 'orders',
    owner: 'orders',
    expects: [secret('orders-db-credentials', { 'password': PASSWORD, 'backup-password': 'backups' })],
    observe: async ({ namespace }) => {
      await namespace.run(['create', 'job', 'by-hand', '--from=cronjob/orders-db-backup']);
      await namespace.run(['wait', '--for=condition=Complete', '--timeout=180s', 'job/by-hand'], { seconds: 190 });
    },
  },
  '02-all-objects': {
    database: 'billing',
    owner: 'billing_owner',
    variables: { BILLING_DB_PASSWORD: PASSWORD, BILLING_DB_SUPERUSER_PASSWORD: 'super', BILLING_DB_BACKUP_PASSWORD: 'backups' },
    expects: [],
    observe: async ({ namespace, name, pod }) => {
      const set = await namespace.find('statefulset', name);
      expect(set.spec.updateStrategy).toEqual({ type: 'RollingUpdate', rollingUpdate: { partition: 1 } });
      await namespace.run(['set', 'env', `statefulset/${name}`, '--containers=postgres', 'CHANGED=1']);
      await until('the change waits behind the partition', 30, async () => {
        const { status, metadata } = await namespace.find('statefulset', name);
        return status.observedGeneration === metadata.generation && status.updateRevision !== status.currentRevision;
      });
      expect((await namespace.find('pod', `${name}-0`)).metadata.uid).toBe(pod.metadata.uid);
      const cron = await namespace.find('cronjob', `${name}-nightly`);
      expect(cron.spec).toMatchObject({ schedule: '15 2 * * *', timeZone: 'Europe/Paris', concurrencyPolicy: 'Forbid' });
    },
  },
  '03-configured': {
    database: 'analytics',
    owner: 'analytics',
    expects: [
      secret('analytics-db-credentials', { password: PASSWORD }),
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'analytics-init' }, data: { '10-events.sql': 'CREATE TABLE made_by_init (n int); INSERT INTO made_by_init VALUES (42);' } },
    ],
    observe: async ({ namespace, name, pod, sql }) => {
      expect(await sql('SHOW max_connections')).toBe('50');
      expect(await sql('SHOW wal_segment_size')).toBe('32MB');
      expect(await namespace.run(['exec', `${name}-0`, '--container', 'postgres', '--', 'psql', '-XAtqw', '-U', 'postgres', '-d', 'analytics', '-c', 'SELECT n FROM made_by_init'])).toBe('42\n');
      expect(await namespace.run(['exec', `${name}-0`, '--container', 'postgres', '--', 'bash', '-c', 'readlink -f "$PGDATA/pg_wal"'])).toMatch(/^\/var\/lib\/postgresql-wal\//);
      expect(pod.status.containerStatuses.map(({ name: container, ready }: any) => [container, ready]).sort()).toEqual([['postgres', true], ['reporter', true]]);
      await namespace.run(['exec', `${name}-0`, '--container', 'reporter', '--', 'pg_isready', '--host=/var/run/postgresql']);
    },
  },
};

function secret(name: string, stringData: Readonly<Record<string, string>>): Manifest {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData };
}

test('every example is observed here', () => {
  expect(Object.keys(EXAMPLES)).toEqual(exampleNames());
});

describe.each(Object.entries(EXAMPLES))('%s', (name, example) => {
  let namespace: Namespace;
  let manifests: Manifest[];
  let database: string;
  const told = diagnosed(() => namespace);

  beforeAll(told(async () => {
    namespace = await Namespace.create(`example-${name.slice(0, 2)}`);
    manifests = movedTo(namespace.name, synthesizeExample(name, example.variables));
    database = manifests.find(({ kind }) => kind === 'StatefulSet')!.metadata.name;
  }));

  afterAll(async () => {
    await namespace?.delete();
  });

  test('passes a strict server-side dry run without a warning', told(async () => {
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests });
    const { status, stderr, stdout } = await namespace.attempt(['apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', '-'], { input });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(manifests.length);
  }));

  test('is admitted where the restricted standard is enforced, becomes ready and answers', told(async () => {
    if (example.expects.length > 0) await namespace.apply(example.expects);
    const client = await Client.create(namespace);
    const applied = Date.now();
    await namespace.apply(manifests);
    const connection = { host: database, user: example.owner, database: example.database, password: PASSWORD };
    await until('SQL through the Service', 180, async () => (await client.sql(connection, 'SELECT 1')) === '1');
    figure(`${name}: apply → SQL through the Service ${((Date.now() - applied) / 1000).toFixed(1)} s`);
    const pod = await until('the pod is Ready', 120, async () => {
      const found = await namespace.find('pod', `${database}-0`);
      return found.status.containerStatuses?.every(({ ready }: any) => ready) ? found : undefined;
    });
    expect(serverStatus(pod).restartCount).toBe(0);
    await example.observe({ namespace, name: database, pod, sql: (text) => client.sql(connection, text) });
    // Nothing in the pod may make it wait for the end of its grace period.
    await namespace.run(['delete', 'pod', `${database}-0`], { seconds: 60 });
    await until('SQL after the pod was deleted', 120, async () => (await client.sql(connection, 'SELECT 2')) === '2');
  }));
});
