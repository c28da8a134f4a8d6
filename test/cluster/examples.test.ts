import { Client, ClientOptions } from './support/client';
import { serverStatus } from './support/database';
import { exampleNames, movedTo, synthesizeExample } from './support/examples';
import { diagnosed, Manifest, Namespace } from './support/namespace';
import { reaches, settles } from './support/reach';
import { Runbook } from './support/runbook';
import { figure, until } from './support/wait';
import { PostgresStatefulSetProps, Replication } from '../../src';
import { Authority } from '../support/certificates';

interface Example {
  readonly database: string;
  readonly owner: string;
  /** Read by the program where it is synthesized. */
  readonly variables?: Readonly<Record<string, string>>;
  /** What the example expects in its namespace. */
  readonly expects: readonly Manifest[];
  /** What a client must be to get in; another image where the server demands TLS, which not every image has. */
  readonly client?: ClientOptions;
  /** What its README has changed in the program at first. */
  readonly begins?: Partial<PostgresStatefulSetProps>;
  /** Kinds that the cluster knows only with an operator in it: what the operator makes is expected instead. */
  readonly foreign?: readonly string[];
  /** What only this example has. */
  readonly observe: (host: Host) => Promise<void>;
}

interface Host {
  readonly namespace: Namespace;
  readonly name: string;
  readonly pod: any;
  /** What the program synthesizes with these changes. */
  readonly synthesize: (changes?: Partial<PostgresStatefulSetProps>) => Manifest[];
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
  '04-tls': {
    database: 'payments',
    owner: 'payments',
    client: { image: 'postgres:17.10-trixie' },
    expects: [
      secret('payments-db-credentials', { 'password': PASSWORD, 'backup-password': 'backups' }),
      secret('payments-db-certificate', certificateFor('payments-db')),
    ],
    observe: async ({ namespace, sql }) => {
      expect(await sql('SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()')).toBe('TLSv1.3');
      await namespace.run(['create', 'job', 'by-hand', '--from=cronjob/payments-db-backup']);
      await namespace.run(['wait', '--for=condition=Complete', '--timeout=180s', 'job/by-hand'], { seconds: 190 });
    },
  },
  '05-load-balancer': {
    database: 'warehouse',
    owner: 'warehouse',
    expects: [secret('warehouse-db-credentials', { password: PASSWORD }), secret('warehouse-db-tls', certificateFor('warehouse-db'))],
    client: { image: 'postgres:17.10-trixie', labels: { app: 'importer' } },
    observe: async ({ namespace, name }) => {
      const { spec } = await namespace.find('service', `${name}-external`);
      expect(spec).toMatchObject({ type: 'LoadBalancer', loadBalancerSourceRanges: ['198.51.100.0/24', '203.0.113.16/28'], externalTrafficPolicy: 'Local' });
      const other = await Client.create(namespace, { name: 'other', image: 'postgres:17.10-trixie' });
      await settles('a pod that is not declared', false, () => reaches(other, { host: name, user: 'warehouse', database: 'warehouse', password: PASSWORD }));
    },
  },
  '06-cdk8s-plus-app': {
    database: 'ledger',
    owner: 'ledger',
    expects: [secret('ledger-db-credentials', { password: PASSWORD })],
    observe: async ({ namespace }) => {
      for (const { metadata: { name } } of await namespace.list('deployments')) {
        const logs = (): Promise<string> => namespace.run(['logs', `deployment/${name}`, '--tail=5']);
        await until(`${name} asks the database`, 120, async () => /^ledger\|20\d\d-/m.test(await logs()));
      }
    },
  },
  '09-migrate-deployment': {
    database: 'shop',
    owner: 'shop',
    expects: [secret('shop-db-credentials', { password: PASSWORD })],
    // the way of the data is observed in migrate.test.ts
    observe: async ({ sql }) => {
      expect(await sql('SHOW server_version_num')).toMatch(/^17/);
    },
  },
  '07-restore': {
    database: 'archive',
    owner: 'archive',
    expects: [secret('archive-db-credentials', { 'password': PASSWORD, 'backup-password': 'backups', 'restore-password': 'restores' })],
    observe: async ({ namespace, sql }) => {
      await sql('CREATE TABLE letters AS SELECT n FROM generate_series(1, 100) n');
      const finished = async (job: string): Promise<void> => {
        await namespace.run(['wait', '--for=condition=Complete', '--timeout=180s', `job/${job}`], { seconds: 190 });
      };
      await namespace.run(['create', 'job', 'first', '--from=cronjob/archive-db-backup']);
      await finished('first');
      await sql('DROP TABLE letters');
      await namespace.run(['create', 'job', 'second', '--from=cronjob/archive-db-restore']);
      await finished('second');
      expect(await sql('SELECT count(*) FROM letters')).toBe('100');
    },
  },
  '08-external-secret': {
    database: 'accounts',
    owner: 'accounts',
    // the operator's part
    foreign: ['ExternalSecret'],
    expects: [secret('accounts-db-credentials', { 'password': PASSWORD, 'backup-password': 'backups' })],
    observe: async ({ namespace }) => {
      await namespace.run(['create', 'job', 'by-hand', '--from=cronjob/accounts-db-backup']);
      await namespace.run(['wait', '--for=condition=Complete', '--timeout=180s', 'job/by-hand'], { seconds: 190 });
    },
  },
  '10-replicas': {
    database: 'catalog',
    owner: 'catalog',
    expects: [secret('catalog-db-credentials', { 'password': PASSWORD, 'replication-password': 'replicas' })],
    observe: async (host) => {
      await threeFollow(host);
      const { namespace, name } = host;
      await until('a drain may take one pod', 60, async () =>
        (await namespace.find('poddisruptionbudget', name)).status.disruptionsAllowed === 1);
      const { items } = JSON.parse(await namespace.run(['get', 'endpointslices', '-l', `kubernetes.io/service-name=${name}-r`, '-o', 'json']));
      const ready = items.flatMap(({ endpoints }: any) => endpoints).filter(({ conditions }: any) => conditions.ready);
      expect(ready.map(({ targetRef }: any) => targetRef.name).sort()).toEqual([`${name}-0`, `${name}-1`, `${name}-2`]);
    },
  },
  '11-canary-rollout': {
    database: 'stock',
    owner: 'stock',
    expects: [secret('stock-db-credentials', { 'password': PASSWORD, 'replication-password': 'replicas' })],
    observe: async (host) => {
      await threeFollow(host);
      const { namespace, name } = host;
      const uids = (): Promise<string[]> => Promise.all([0, 1, 2].map(async (ordinal) => (await namespace.find('pod', `${name}-${ordinal}`)).metadata.uid));
      const before = await uids();
      await namespace.run(['set', 'env', `statefulset/${name}`, '--containers=postgres', 'CHANGED=1']);
      await until('the canary has the change and follows', 180, async () => {
        const { status } = await namespace.find('statefulset', name);
        return status.updatedReplicas === 1 && status.readyReplicas === 3 && (await uids())[2] !== before[2];
      });
      await threeFollow(host);
      expect((await uids()).slice(0, 2)).toEqual(before.slice(0, 2));
    },
  },
  '12-switchover': {
    database: 'tickets',
    owner: 'tickets',
    expects: [secret('tickets-db-credentials', { 'password': PASSWORD, 'replication-password': 'replicas' })],
    begins: { primaryOrdinal: undefined },
    observe: async (host) => {
      await threeFollow(host);
      const containers = async (): Promise<unknown[]> => Promise.all([0, 1, 2].map(async (ordinal) => {
        const pod = await host.namespace.find('pod', `${host.name}-${ordinal}`);
        return [pod.metadata.uid, serverStatus(pod).restartCount];
      }));
      const before = await containers();
      await readme('12-switchover', host, /(?<=--namespace )tickets\b/g, async (page) => {
        const heading = 'How to move the primary';
        page.synthesize(host.synthesize(), 'tickets');
        await page.follow(heading, 'cdk8s synth');
        await page.follow(heading, 'kubectl --namespace tickets annotate');
        await threeFollow(host, 1);
        expect(await page.follow(heading, 'kubectl --namespace tickets exec')).toBe('f\ntickets-db-0|streaming\ntickets-db-2|streaming\n');
      });
      expect(await containers()).toEqual(before);
    },
  },
  '13-synchronous': {
    database: 'bookings',
    owner: 'bookings',
    expects: [secret('bookings-db-credentials', { 'password': PASSWORD, 'replication-password': 'replicas' })],
    // what blocks writing is observed in synchronous.test.ts, and how who waits is let go in test/runtime
    observe: async (host) => {
      await threeFollow(host);
      await readme('13-synchronous', host, /(?<=--namespace )bookings\b/g, async (page) => {
        expect(await page.follow('What is waited for', 'kubectl')).toBe('bookings-db-1|quorum\nbookings-db-2|quorum\n');
        const heading = 'What keeps everybody from writing, and where that shows';
        expect(await page.follow(heading, 'kubectl --namespace bookings exec')).toMatch(/^0\n/);
        page.synthesize(host.synthesize({ replication: Replication.asynchronous() }), 'bookings');
        await page.follow(heading, 'kubectl apply');
        await until('nobody is waited for any more', 60, async () => (await page.follow('What is waited for', 'kubectl')) === 'bookings-db-1|async\nbookings-db-2|async\n');
      });
    },
  },
};

/** All replicas follow the primary, which is pod 0 unless told, and are ready. */
async function threeFollow({ namespace, name }: Host, primary = 0): Promise<void> {
  await until('three pods are ready', 180, async () => (await namespace.find('statefulset', name)).status.readyReplicas === 3);
  const asked = "SELECT string_agg(application_name, ' ' ORDER BY application_name) FROM pg_stat_replication WHERE state = 'streaming'";
  const replicas = [0, 1, 2].filter((ordinal) => ordinal !== primary).map((ordinal) => `${name}-${ordinal}`).join(' ');
  await until('two replicas stream', 60, async () => (await namespace.run(
    ['exec', `${name}-${primary}`, '--container', 'postgres', '--', 'psql', '-XAtqw', '-U', 'postgres', '-d', 'postgres', '-c', asked])).trim() === replicas);
}

/** The commands of an example's README, in the namespace of the test. */
async function readme<T>(example: string, { namespace }: Host, documented: RegExp, body: (page: Runbook) => Promise<T>): Promise<T> {
  const page = new Runbook(`../../examples/${example}/README.md`, namespace, {}, documented);
  try {
    return await body(page);
  } finally {
    page.delete();
  }
}

function certificateFor(name: string): Record<string, string> {
  const authority = new Authority();
  const { certificate, key } = authority.issue({ name, dnsNames: [name] });
  return { 'tls.crt': certificate, 'tls.key': key, 'ca.crt': authority.certificate };
}

function secret(name: string, stringData: Readonly<Record<string, string>>): Manifest {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData };
}

test('every example is observed here', () => {
  expect(Object.keys(EXAMPLES).sort()).toEqual(exampleNames());
});

describe.each(Object.entries(EXAMPLES))('%s', (name, example) => {
  let namespace: Namespace;
  let manifests: Manifest[];
  let synthesize: Host['synthesize'];
  let database: string;
  const told = diagnosed(() => namespace);

  beforeAll(told(async () => {
    namespace = await Namespace.create(`example-${name.slice(0, 2)}`);
    synthesize = (changes) => movedTo(namespace.name, synthesizeExample(name, example.variables, changes))
      .filter(({ kind }) => !example.foreign?.includes(kind));
    manifests = synthesize();
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
    const client = await Client.create(namespace, example.client);
    const applied = Date.now();
    await namespace.apply(synthesize(example.begins));
    const connection = { host: database, user: example.owner, database: example.database, password: PASSWORD };
    await until('SQL through the Service', 180, async () => (await client.sql(connection, 'SELECT 1')) === '1');
    figure(`${name}: apply → SQL through the Service ${((Date.now() - applied) / 1000).toFixed(1)} s`);
    const pod = await until('the pod is Ready', 120, async () => {
      const found = await namespace.find('pod', `${database}-0`);
      return found.status.containerStatuses?.every(({ ready }: any) => ready) ? found : undefined;
    });
    expect(serverStatus(pod).restartCount).toBe(0);
    await example.observe({ namespace, name: database, pod, synthesize, sql: (text) => client.sql(connection, text) });
    // Nothing in the pod may make it wait for the end of its grace period.
    await namespace.run(['delete', 'pod', `${database}-0`], { seconds: 60 });
    await until('SQL after the pod was deleted', 120, async () => (await client.sql(connection, 'SELECT 2')) === '2');
  }));
});
