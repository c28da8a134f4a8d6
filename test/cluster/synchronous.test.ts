import { Client, Connection } from './support/client';
import { isReady } from './support/database';
import { FailOver } from './support/fail-over';
import { CLIENT, containersOf, Cut, Hold } from './support/faults';
import { diagnosed, Namespace } from './support/namespace';
import { Replicas } from './support/replicas';
import { figure, sleep, timed, until } from './support/wait';
import { Writer } from './support/writer';
import { NetworkAccess, Replication } from '../../src';

// Three pods of which a primary waits for one of two replicas. Each test goes on where the one before ended.

let namespace: Namespace;
let database: Replicas;
let client: Client;
let writer: Writer;
let page: FailOver;
const told = diagnosed(() => namespace);
const write: Connection = { host: 'orders-db', user: 'orders', database: 'orders' };
const direct = (ordinal: number): Connection => ({ ...write, host: `orders-db-${ordinal}.orders-db-headless` });
const replication = Replication.synchronous({ quorum: 1 });

beforeAll(told(async () => {
  namespace = await Namespace.create('synchronous');
  // without policies of its own: those of the tests decide
  database = new Replicas(namespace, 'orders-db', { database: 'orders', instances: 3, networkAccess: NetworkAccess.unrestricted() });
  page = new FailOver(database);
  [client] = await Promise.all([Client.create(namespace, { labels: CLIENT }), database.start()]);
  writer = await Writer.start(client, write);
}));

afterEach(async () => {
  await Cut.healAll(namespace);
});

afterAll(async () => {
  await writer?.stop();
  await namespace?.delete();
  page?.delete();
});

const waits = (): Promise<string> => page.follow('When commits wait', 'kubectl');
const synchronousOnes = 'SELECT string_agg(application_name || \' \' || sync_state, \', \' ORDER BY application_name) FROM pg_stat_replication';

async function moveTo(ordinal: number): Promise<void> {
  database = database.movedTo(ordinal);
  await database.apply();
  await database.refreshAll();
  await sleep(3);
  await database.streaming(2);
}

/** What was confirmed is on every pod. */
async function nothingIsLost(): Promise<void> {
  await writer.progress();
  await database.streaming(2);
  expect(await writer.lost(database, 'orders')).toEqual([]);
}

test('a running database begins to wait for its replicas, and no container restarts', told(async () => {
  const [containers, life] = [await containersOf(database), await database.life()];
  expect(await database.sql(synchronousOnes)).toBe('orders-db-1 async, orders-db-2 async');
  database = database.movedTo(0, { replication });
  await database.apply();
  await database.refreshAll();
  await until('both replicas count', 60, async () => (await database.sql(synchronousOnes)) === 'orders-db-1 quorum, orders-db-2 quorum');
  await writer.progress();
  expect(await containersOf(database)).toEqual(containers);
  expect(await database.life()).toEqual(life);
}));

test('with one of two replicas away writing goes on; with both away it stops, the primary says why and answers reads, and it goes on by itself', told(async () => {
  const holds = [await Hold.of(database.instance(2))];
  await writer.progress();
  expect(await waits()).toBe('');
  holds.push(await Hold.of(database.instance(1)));
  await until('the primary says what it waits for', 60, async () => /^commits-wait: .* 1 of the replicas .* 0 of them stream/.test(await waits()));
  expect(await database.instance(0).logs()).toContain('commits-wait: ');
  const before = writer.count;
  await sleep(15);
  expect(writer.count).toBe(before);
  expect(Number(await client.sql(write, 'SELECT count(*) FROM written'))).toBeGreaterThanOrEqual(before);
  expect(isReady(await database.findPod())).toBe(true);
  const seconds = await timed(async () => {
    await holds[0].release();
    await writer.progress();
  });
  figure(`synchronous, both replicas down: confirmed again ${seconds.toFixed(1)} s after one may start`);
  await until('nothing is waited for', 60, async () => (await waits()) === '');
  await holds[1].release();
  await nothingIsLost();
}));

test('a primary that is cut off confirms nothing, and goes on when the network is healed', told(async () => {
  const cut = await Cut.off(database, 0);
  await sleep(3);
  const before = writer.count;
  await sleep(20);
  expect(writer.count).toBe(before);
  expect(Number(await client.sql(direct(0), 'SELECT count(*) FROM written'))).toBeGreaterThanOrEqual(before);
  await cut.heal();
  await nothingIsLost();
}));

test('a switchover there and back loses nothing, and transactions are confirmed on the other side', told(async () => {
  const gaps = [];
  for (const ordinal of [1, 0]) gaps.push(await writer.gapDuring(() => moveTo(ordinal)));
  figure(`synchronous switchovers: longest gap between two commits, one session through the Service, ${gaps.map((gap) => gap.toFixed(2)).join(' and ')} s`);
  await nothingIsLost();
}));

test('a forced failover beside a primary that is cut off loses nothing that was confirmed, and two never confirm', told(async () => {
  const cut = await Cut.off(database, 0);
  const isolated = await Isolated.begin();
  const moved = await page.complete();
  database = database.movedTo(moved.ordinal);
  await writer.progress();
  await sleep(5);
  expect(await isolated.end()).toBe('');
  await cut.heal();
  await nothingIsLost();
}));

test('where the pods that answer are so few that all may lack what was confirmed, it is refused, and done only for who accepts that', told(async () => {
  await moveTo(0);
  const holds = [await Hold.of(database.instance(2)), await Hold.of(database.instance(0))];
  await page.declare();
  const refusal = await until('the topology has arrived', 60, async () => {
    const said = await page.ask().catch(({ message }: Error) => message);
    return !said.includes('the topology declares') && said;
  });
  expect(refusal).toMatch(/refused: 2 of 3 pods do not answer, .* and what was confirmed last may be on 2 of these only: bring one of them back/);
  await expect(page.force()).rejects.toThrow('refused: 2 of 3 pods do not answer');
  expect(await database.instance(1).sql('SELECT pg_is_in_recovery()')).toBe('t');
  expect(await page.forceWithLosses()).toContain('accepted: 2 of 3 pods do not answer');
  database = database.movedTo(1);
  // alone it confirms nothing
  await until('the new primary waits', 60, async () =>
    (await database.exec('bash', '/opt/cdk8s-postgres/probe.sh', 'ready')).includes('commits-wait: '));
  for (const hold of holds) await hold.release();
  await nothingIsLost();
}));

const MINE = 'query LIKE \'CREATE TABLE never%\'';

/** A client of the primary that is cut off: what it commits is confirmed there or not. */
class Isolated {
  public static async begin(): Promise<Isolated> {
    const isolated = new Isolated();
    await until('a transaction waits there', 30, async () =>
      (await database.sql(`SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND ${MINE}`)) === '1');
    return isolated;
  }

  private readonly said = client.attemptSql(direct(0), 'CREATE TABLE never_confirmed AS SELECT 1 AS n; SELECT \'confirmed\'');

  /** What was confirmed when its server has stopped, or the client was ended. */
  public async end(): Promise<string> {
    await database.instance(0).sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${MINE}`);
    return (await this.said).stdout;
  }
}
