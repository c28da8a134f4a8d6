import { Database } from './support/database';
import { diagnosed, Namespace } from './support/namespace';
import { Runbook } from './support/runbook';
import { answer, refuses } from './support/volume';
import { until } from './support/wait';
import { Acknowledgement, Credentials, PostgresVersion } from '../../src';

const KEPT = 'SELECT count(*), md5(string_agg(n || md5, \',\' ORDER BY n)) FROM kept';

let namespace: Namespace;
let old: Database;
let rows: string;
let pages: Record<'major' | 'libc' | 'maintenance', Runbook>;
const told = diagnosed(() => namespace);

beforeAll(told(async () => {
  namespace = await Namespace.create('major');
  pages = {
    major: new Runbook('major-version.md', namespace),
    libc: new Runbook('other-libc.md', namespace),
    maintenance: new Runbook('maintenance.md', namespace),
  };
  old = new Database(namespace, 'carts-db', { database: 'carts', version: PostgresVersion.V17 });
  await old.start();
  await old.sql('CREATE TABLE kept AS SELECT n, md5(n::text) FROM generate_series(1, 5000) n; ALTER TABLE kept OWNER TO carts', 'carts');
  await old.sql('CREATE ROLE auditor LOGIN; GRANT SELECT ON kept TO auditor', 'carts');
  rows = await old.sql(KEPT, 'carts');
}));

afterAll(async () => {
  await namespace?.delete();
  for (const page of Object.values(pages ?? {})) page.delete();
});

test('another major on the same claim is refused, and the old program serves as before', told(async () => {
  await old.apply({ version: PostgresVersion.V18 });
  await refuses(old, 'other-major: the volume holds a database of PostgreSQL 17 in /var/lib/postgresql/17/docker; '
    + 'one of PostgreSQL 18 would start empty beside it');
  await old.apply();
  await old.ready();
  expect(await answer(old, KEPT, 'carts')).toBe(rows);
}));

test('a database moves to another major with every row, owner and grant as the runbook says', told(async () => {
  const fresh = new Database(namespace, 'carts18-db', {
    database: 'carts', version: PostgresVersion.V18, credentials: Credentials.fromSecretName('carts-db-credentials'),
  });
  await fresh.apply();
  await fresh.ready();
  const heading = 'Move to another major';
  await pages.major.follow(heading, 'kubectl --namespace shop exec carts-db-0 -- psql -U postgres -d postgres -c \'ALTER DATABASE carts SET');
  await expect(old.exec('psql', '-U', 'carts', '-d', 'carts', '-c', 'DELETE FROM kept')).rejects.toThrow('read-only transaction');
  await pages.major.follow(heading, 'kubectl --namespace shop exec carts-db-0 -- pg_dumpall');
  expect(await fresh.sql(KEPT, 'carts')).toBe(rows);
  const granted = 'SELECT tableowner, has_table_privilege(\'auditor\', \'kept\', \'SELECT\') FROM pg_tables WHERE tablename = \'kept\'';
  expect(await fresh.sql(granted, 'carts')).toBe('carts|t');
  // That the old one is read-only did not come along.
  expect(await fresh.exec('psql', '-U', 'carts', '-d', 'carts', '-Atc', 'INSERT INTO kept VALUES (0) RETURNING n')).toContain('0\n');
  await pages.major.follow(heading, 'kubectl --namespace shop exec carts-db-0 -- psql -U postgres -d postgres -c \'ALTER DATABASE carts RESET');
  expect(await old.exec('psql', '-U', 'carts', '-d', 'carts', '-Atc', 'UPDATE kept SET n = n WHERE n = 1 RETURNING n')).toContain('1\n');
  await namespace.run(['delete', 'statefulset', 'carts18-db']);
}));

test('an empty database starts beside the old data when its major is acknowledged, and the way back is asked for by name', told(async () => {
  await old.apply({ version: PostgresVersion.V18, acknowledgements: [Acknowledgement.otherMajor('17')] });
  await until('the new server serves', 120, async () => (await old.sql('SHOW server_version')).startsWith('18'));
  expect(await old.sql('SELECT count(*) FROM pg_tables WHERE tablename = \'kept\'', 'carts')).toBe('0');
  await old.apply();
  const reason = await refuses(old, /^other-cluster: \/var\/lib\/postgresql\/17\/docker is carts-db\/\d+, the volume was the home of carts-db\/\d+/);
  const [, named] = /PGSTS_ACKNOWLEDGED_CLUSTER=(\S+?);/.exec(reason)!;
  await old.apply({ acknowledgements: [Acknowledgement.otherCluster(named)] });
  await old.ready();
  expect(await answer(old, KEPT, 'carts')).toBe(rows);
}));

describe('a database that ran with another C library', () => {
  let orders: Database;
  let image: string;

  beforeAll(told(async () => {
    orders = new Database(namespace, 'orders-db', { database: 'orders' });
    await orders.start();
    await orders.sql('CREATE TABLE kept AS SELECT n, md5(n::text) FROM generate_series(1, 5000) n; CREATE INDEX ON kept (md5)', 'orders');
    image = /^libc=(.*)$/m.exec(await orders.exec('cat', '/var/lib/postgresql/cdk8s-postgres.identity'))![1];
  }));

  test('is refused, and goes on with indexes rebuilt as the runbook says', told(async () => {
    // Images of two C libraries are not in every cluster: the volume says that it had another one.
    await pages.maintenance.follow('Steps', 'kubectl --namespace shop exec orders-db-0 -- touch');
    await until('the server is held', 60, async () => (await orders.exec('cat', '/run/cdk8s-postgres/state')).includes('state=held'));
    await orders.exec('sed', '-i', 's/^libc=.*/libc=glibc-2.31/', '/var/lib/postgresql/cdk8s-postgres.identity');
    await pages.maintenance.follow('Steps', 'kubectl --namespace shop exec orders-db-0 -- rm');
    const reason = await refuses(orders, `other-libc: this database ran with the C library glibc-2.31 and the image has ${image}`);
    expect(reason).toContain('PGSTS_ACKNOWLEDGED_LIBC=glibc-2.31');
    await orders.apply({ acknowledgements: [Acknowledgement.otherLibc('glibc-2.31')] });
    await orders.ready();
    const heading = 'Go on with the new image';
    expect(await pages.libc.follow(heading, 'kubectl --namespace shop exec orders-db-0 -- psql')).toContain('orders|b|C.UTF-8');
    await pages.libc.follow(heading, 'kubectl --namespace shop exec orders-db-0 -- reindexdb');
    expect(await pages.libc.follow('Check', 'kubectl --namespace shop logs')).toContain('acknowledged by PGSTS_ACKNOWLEDGED_LIBC=glibc-2.31');
    expect(await pages.libc.follow('Check', 'kubectl --namespace shop exec')).toBe(`libc=${image}\n`);
    const { uid } = (await orders.findPod()).metadata;
    await orders.apply();
    await orders.ready({ notUid: uid });
    expect(await orders.sql('SELECT count(*) FROM kept', 'orders')).toBe('5000');
  }));
});
