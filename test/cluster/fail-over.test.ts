import { Client, Connection } from './support/client';
import { FailOver, namesOf } from './support/fail-over';
import { CLIENT, Cut, Hold, StaleTopology } from './support/faults';
import { diagnosed, Namespace } from './support/namespace';
import { Replicas } from './support/replicas';
import { Runbook } from './support/runbook';
import { figure, sleep, timed, until } from './support/wait';
import { Writer } from './support/writer';
import { NetworkAccess } from '../../src';

// docs/runbooks/fail-over.md and split-brain.md on a database whose replication is asynchronous. Each test goes on where the one before ended.

let namespace: Namespace;
let database: Replicas;
let client: Client;
let pages: { readonly failOver: FailOver; readonly splitBrain: Runbook };
let writers: Writer[] = [];
const told = diagnosed(() => namespace);
const write: Connection = { host: 'orders-db', user: 'orders', database: 'orders' };
const oldPrimary: Connection = { ...write, host: 'orders-db-0.orders-db-headless' };

beforeAll(told(async () => {
  namespace = await Namespace.create('fail-over');
  // without policies of its own: those of the tests decide
  database = new Replicas(namespace, 'orders-db', { database: 'orders', instances: 3, networkAccess: NetworkAccess.unrestricted() });
  pages = { failOver: new FailOver(database), splitBrain: new Runbook('split-brain.md', namespace) };
  [client] = await Promise.all([Client.create(namespace, { labels: CLIENT }), database.start()]);
}));

afterEach(async () => {
  await Cut.healAll(namespace);
  for (const writer of writers) await writer.stop();
  writers = [];
});

afterAll(async () => {
  await namespace?.delete();
  for (const page of Object.values(pages ?? {})) page.delete();
});

async function writing(table: string, connection: Connection): Promise<Writer> {
  const writer = await Writer.start(client, connection, { table });
  writers.push(writer);
  return writer;
}

/** The page, from its first step to its last. */
async function failOver(): Promise<void> {
  database = await pages.failOver.complete();
}

/** As the program does it, without a fault. */
async function switchBack(): Promise<void> {
  database = database.movedTo(0);
  await database.apply();
  await database.refreshAll();
  await database.streaming(2);
}

/** What rewinds have kept on the volume of the old primary: transactions that were taken back, of each. */
async function kept(): Promise<number[]> {
  const said = await pages.failOver.follow('The old primary comes back', 'kubectl');
  return [...said.matchAll(/^committed_transactions=(\d+)$/gm)].map(([, count]) => Number(count));
}

async function logs(): Promise<string[]> {
  return Promise.all([0, 1, 2].map(async (ordinal) => database.instance(ordinal).logs()));
}

/** On which that pod writes. */
async function timelineOf(pod: Replicas): Promise<string> {
  return pod.sql('SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)');
}

async function isWhole(...tables: string[]): Promise<void> {
  for (const table of tables) {
    const [first, ...others] = await database.everywhere(`SELECT count(*), sum(n) FROM ${table}`, 'orders');
    expect(others).toEqual([first, first]);
  }
}

test('while the primary answers nothing is forced, whoever is declared', told(async () => {
  const before = await database.life();
  expect(await pages.failOver.look()).toMatch(
    /^orders-db-1: this pod, standby, timeline 1, [^]*^orders-db-0: primary, [^]*^refused: the topology declares orders-db-0 [^]*^refused: orders-db-0 answers and is a primary/m,
  );
  await expect(pages.failOver.force()).rejects.toThrow('refused: orders-db-0 answers and is a primary');
  await expect(pages.failOver.forceWithLosses()).rejects.toThrow('refused: orders-db-0 answers and is a primary');
  await database.streaming(2);
  expect(await database.life()).toEqual(before);
}));

test('declared again before the step that cannot be taken back, the old primary comes back as the primary, and nothing has happened', told(async () => {
  const writer = await writing('taken_back', write);
  const [timeline, said] = [await timelineOf(database), await logs()];
  const hold = await Hold.of(database.instance(0));
  await pages.failOver.look();
  await pages.failOver.declare();
  await until('nothing stands against it', 60, async () => (await pages.failOver.ask()).includes('nothing stands against a failover'));
  await pages.failOver.follow('Go back', 'kubectl');
  await hold.release();
  await writer.progress();
  await database.streaming(2);
  expect(await timelineOf(database)).toBe(timeline);
  for (const [ordinal, log] of (await logs()).entries()) expect(log.slice(said[ordinal].length)).not.toMatch(/ prepare: (rejoin|clone): /);
  await writer.stop();
  expect(await writer.lost(database, 'orders')).toEqual([]);
  await isWhole('taken_back');
}));

test('nobody promotes a replica when the primary is dead; the page makes another pod the primary, and the old one returns as its replica', told(async () => {
  const writer = await writing('before', write);
  const hold = await Hold.of(database.instance(0));
  const after = writer.count;
  await sleep(20);
  expect(writer.count).toBe(after);
  expect(await Promise.all([1, 2].map(async (ordinal) => database.instance(ordinal).sql('SELECT pg_is_in_recovery()')))).toEqual(['t', 't']);
  await failOver();
  await writer.progress();
  await until('the other replica follows', 60, async () =>
    new RegExp(`^orders-db-${3 - database.ordinal}\\|streaming\\|`).test(await pages.failOver.follow('Check', 'kubectl', namesOf(database))));
  await hold.release();
  await database.streaming(2);
  // it had nothing that others lacked
  expect(await kept()).toEqual([]);
  await writer.stop();
  expect(await writer.lost(database, 'orders')).toEqual([]);
  await isWhole('before');
}));

test('an old primary that returns with a stale topology, by which it is the primary, follows the new one', told(async () => {
  await switchBack();
  const stale = await StaleTopology.of(database.instance(0));
  try {
    const hold = await Hold.of(database.instance(0));
    await failOver();
    await hold.release();
    await database.streaming(2);
    expect(await database.instance(0).exec('cat', '/etc/cdk8s-postgres/topology/primary')).toBe('0\n');
    await sleep(10);
    expect(await database.followers()).toEqual([0, 3 - database.ordinal]);
  } finally {
    await stale.end();
  }
  await database.refreshAll();
  await until('the topology has arrived', 60, async () => (await database.instance(0).exec('cat', '/etc/cdk8s-postgres/topology/primary')) === `${database.ordinal}\n`);
  await database.streaming(2);
}));

test('a primary that is cut off keeps serving its side; healed it steps aside, and what it alone had is kept and counted', told(async () => {
  await switchBack();
  const cut = await Cut.off(database, 0);
  await failOver();
  const isolated = await writing('on_its_side', oldPrimary);
  const other = await writing('on_the_other', { ...write, host: `${database.pod}.orders-db-headless` });
  await isolated.progress();
  await other.progress();
  const said = await pages.splitBrain.follow('Who writes', 'for pod in');
  expect(said).toMatch(/^orders-db-0\|writes on timeline 0*\d$/m);
  expect(said).toMatch(new RegExp(`^${database.pod}\\|writes on timeline \\S+$`, 'm'));
  expect(said).toMatch(new RegExp(`^orders-db-${3 - database.ordinal}\\|follows$`, 'm'));
  expect(said).toContain(`declared: ${database.pod}`);
  await isolated.stop();
  const healed = await timed(async () => {
    await cut.heal();
    await database.streaming(2);
  });
  await other.stop();
  const [count] = await kept();
  figure(`isolated primary: ${isolated.count} rows confirmed on its side and taken back, ${count} transactions kept; follows ${healed.toFixed(1)} s after it was healed`);
  expect(await database.everywhere('SELECT to_regclass(\'on_its_side\') IS NULL', 'orders')).toEqual(['t', 't', 't']);
  expect(count).toBeGreaterThanOrEqual(isolated.count);
  expect(await other.lost(database, 'orders')).toEqual([]);
  await isWhole('on_the_other');
}));

test('split brain by the page: the one that goes is stopped, what it has is taken out, and it follows', told(async () => {
  await switchBack();
  const cut = await Cut.off(database, 0);
  await failOver();
  await client.sql(oldPrimary, 'CREATE TABLE only_here AS SELECT \'missed\' AS what');
  await pages.splitBrain.follow('Steps', 'kubectl --namespace shop exec orders-db-0 -c postgres -- touch');
  await pages.splitBrain.follow('Steps', 'kubectl --namespace shop exec orders-db-0 -c postgres -- bash');
  expect(pages.splitBrain.read('orders-of-the-other-side.sql')).toContain('missed');
  await cut.heal();
  const before = (await kept()).length;
  await pages.splitBrain.follow('Steps', 'kubectl --namespace shop exec orders-db-0 -c postgres -- rm');
  await database.streaming(2);
  expect(await database.instance(0).sql('SELECT to_regclass(\'only_here\') IS NULL', 'orders')).toBe('t');
  expect(await pages.splitBrain.follow('Check', 'kubectl')).toContain('committed_transactions=');
  expect((await kept()).length).toBe(before + 1);
}));
