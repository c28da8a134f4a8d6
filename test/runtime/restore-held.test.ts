import { Claim, Database, finish, scripts } from './backup-fixture';
import { before, databases, dropOthers, open, own, runRestore, session, startRestore, waiting } from './restore-fixture';
import { server } from '../support/servers';

const onlyOrders = { PGSTS_RESTORE_DATABASE: 'orders' };
const impatient = scripts((text) => text.replace('lock_timeout=10s', 'lock_timeout=1s'));
const claim = new Claim();
let target: Database;

beforeAll(async () => {
  const source = await Database.start(server(17), 'CREATE DATABASE orders; COMMENT ON DATABASE orders IS \'the orders\'; CREATE TABLE own AS SELECT 1 AS id');
  await source.sql('CREATE TABLE lines AS SELECT generate_series(1, 10) AS id', 'orders');
  expect(await claim.run(source)).toMatchObject({ status: 0 });
  await source.pod.end();
  target = await open(await Database.start(server(17), '', { role: false }));
});

afterEach(async () => {
  await dropOthers(target);
  await target.sql('DROP TABLE IF EXISTS own; ALTER DATABASE postgres RESET ALL');
});

const lines = () => target.sql('SELECT count(*) FROM lines', 'orders');

/** As a server leaves a database that dies while it drops it. */
const halfDropped = (name: string) => target.sql(`UPDATE pg_database SET datconnlimit = -2 WHERE datname = '${name}'`);

describe('what a server has half dropped when it died', () => {
  test('is what PostgreSQL leaves: a copy that a dying server was dropping is dropped by the next restore', async () => {
    const { pod } = await waiting(claim, target, 'compare "$1" "$2" "$staging"', onlyOrders);
    const list = (await target.pod.exec(['bash', '-c', 'for p in /proc/[0-9]*; do echo ${p#/proc/} $(tr "\\0" " " <$p/cmdline); done'])).stdout;
    const checkpointer = /^(\d+) postgres: checkpointer/m.exec(list)![1];
    // a drop waits for a checkpoint, behind the point of no return
    await target.pod.exec(['kill', '-STOP', checkpointer]);
    const stopped = pod.stop();
    const invalid = "SELECT count(*) FROM pg_database WHERE datname LIKE 'restore-%' AND datconnlimit = -2";
    await target.pod.waitFor(async () => await target.sql(invalid) === '1\n', { what: 'a database that is being dropped' });
    await target.pod.exec(['bash', '-c', `kill -KILL $(head -1 $PGDATA/postmaster.pid) ${checkpointer}`]);
    await stopped.catch(() => undefined);
    await target.pod.exited;
    await target.pod.restart();
    await target.pod.waitFor(async () => (await target.pod.exec(['psql', '-XAtqc', 'SELECT 1'])).status === 0, { what: 'an answer of the server' });
    expect(await target.sql(invalid)).toBe('1\n');
    expect(await runRestore(claim, target, { env: onlyOrders })).toMatchObject({ status: 0 });
    expect([await databases(target), await lines()]).toEqual([['orders', ...own], '10\n']);
  });

  test.each(['restore-20260101T000000Z-00000000-1', 'restore-20260101T000000Z-00000000-1-empty'])('is dropped without a mark too: %s', async (name) => {
    await target.sql(`CREATE DATABASE "${name}"`);
    await halfDropped(name);
    expect(await runRestore(claim, target, { env: onlyOrders })).toMatchObject({ status: 0 });
    expect(await databases(target)).toEqual(['orders', ...own]);
  });

  test('and has the name that is wanted is told as that', async () => {
    await target.sql('CREATE DATABASE orders; ALTER DATABASE orders SET cdk8s_postgres."limit" = \'-1\'');
    await halfDropped('orders');
    const { status, last } = await runRestore(claim, target, { env: onlyOrders });
    await target.sql('DROP DATABASE orders');
    expect([status, last]).toEqual([1, expect.stringContaining('the database "orders" is what a DROP DATABASE left that did not end, and can only be dropped; nothing was changed')]);
  });
});

test('a session in the copy is ended when the copy takes its place', async () => {
  const { goOn } = await waiting(claim, target, 'complete_staging "$1" "$2"', onlyOrders);
  const [copy] = (await databases(target)).filter((name) => name.startsWith('restore-'));
  const guest = await session(target, copy, 'SELECT 1;');
  const { status, log } = await goOn();
  await guest.end();
  expect([status, status === 0 ? '' : log]).toEqual([0, '']);
  expect(await lines()).toBe('10\n');
});

describe('a transaction of somebody that holds what is to be changed', () => {
  test.each(['orders', 'postgres'])('is waited for, and named (%s)', async (name) => {
    if (name === 'orders') await target.sql('CREATE DATABASE orders');
    const holder = await session(target, 'postgres', `BEGIN; COMMENT ON DATABASE ${name} IS 'x'; SELECT 'pid ' || pg_backend_pid();`);
    const pod = await startRestore(claim, target, { env: { PGSTS_RESTORE_DATABASE: name }, files: impatient });
    await pod.waitForLog(`waiting for session ${/\d+/.exec(holder.said())![0]} of the role postgres (idle in transaction): a transaction there has changed this database and is not ended`);
    await holder.end();
    const { status, log } = await finish(pod);
    expect([status, log.split('waiting for session').length]).toEqual([0, 2]);
    expect(await target.sql(`SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '${name}'`)).toMatch(/^(the orders|default admin.*)\n$/);
  });
});

test('a complete copy that nobody needs any more is dropped by the next restore', async () => {
  const postgres = { PGSTS_RESTORE_DATABASE: 'postgres' };
  const unplaced = { env: { ...postgres, PGSTS_RESTORE_AS: 'beside' }, files: before('put_in_place "$1" "$2"', 'told=yes; exit 9') };
  expect(await runRestore(claim, target, unplaced)).toMatchObject({ status: 9 });
  expect((await databases(target)).filter((name) => name.startsWith('restore-'))).toHaveLength(1);
  expect(await runRestore(claim, target, { env: postgres })).toMatchObject({ status: 0 });
  expect(await databases(target)).toEqual(own);
});
