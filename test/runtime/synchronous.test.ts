import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { ready, rows, streaming, synthesize, write } from './replicas-fixture';
import {
  containers, expectKept, expectNoCopies, failOver, logOf, logsNow, moveTo, order, PATIENCE, pause, primaries, says,
  settled, written, Written,
} from './switchover-fixture';
import { Replication } from '../../src';
import { Cluster } from '../support/cluster';
import { Pod } from '../support/pod';
import { PsqlSession } from '../support/psql-session';
import { server } from '../support/servers';

jest.setTimeout(900_000);

const one = server(17);
const replication = Replication.synchronous({ quorum: 1 });

/** From now on that pod confirms nothing for as long as anybody would wait. */
async function expectSilence({ writers }: Written, ordinal: number): Promise<void> {
  // what was on its way
  await pause(2000);
  const begin = writers.attempts.length;
  await pause(15_000);
  expect(writers.attempts.slice(begin).filter((attempt) => attempt.ordinal === ordinal && attempt.outcome === 'acknowledged')).toEqual([]);
}

/** Whether both replicas have all that the primary has. */
const EVEN = "SELECT count(*) = 2 AND bool_and(flush_lsn = pg_current_wal_lsn()) FROM pg_stat_replication WHERE state = 'streaming'";

/** Waits until the readiness of pod 0 has nothing to say any more. */
async function untold(pods: Cluster): Promise<void> {
  await pods.waitFor(async () => (await pods.readiness(0)).text === '', { timeout: PATIENCE, what: 'a readiness that says nothing' });
  expect((await pods.readiness(0)).status).toBe(0);
}

/** A write by hand that is given up after some seconds. */
async function confirms(pods: Cluster, ordinal: number): Promise<boolean> {
  // takes no lock that would be in the way of the next one while it waits in the server
  const statement = "SELECT pg_logical_emit_message(true, 'test', 'written')";
  const { status } = await pods.pod(ordinal).exec(['timeout', '5', 'psql', '-X', '-q', '-U', 'postgres', '-d', 'postgres', '-c', statement]);
  return status === 0;
}

afterEach(async () => Pod.endAll());

test('fault 26: a first installation that waits for replicas from the beginning completes', async () => {
  const pods = await streaming(one, { replication });
  for (const ordinal of pods.ordinals) await ready(pods, ordinal, PATIENCE);
  expect(await pods.sql(0, 'SHOW synchronous_standby_names')).toBe('ANY 1 ("orders-db-0","orders-db-1","orders-db-2")');
  expect(await pods.sql(0, 'SELECT DISTINCT sync_state FROM pg_stat_replication')).toBe('quorum');
  await says(pods, 0, ' agent: applied the declared roles, passwords and databases');
  expect(await confirms(pods, 0)).toBe(true);
  await untold(pods);
});

test('ALTER SYSTEM does not decide who confirms: neither on a server that runs nor on a volume', async () => {
  const live = await streaming(server(15), { replication });
  await live.sql(0, "ALTER SYSTEM SET synchronous_standby_names = ''");
  await live.sql(0, 'SELECT pg_reload_conf()');
  await says(live, 0, 'agent: takes synchronous_standby_names out of ALTER SYSTEM');
  await live.waitFor(async () => (await live.sql(0, 'SHOW synchronous_standby_names')).startsWith('ANY 1 ("orders-db-0"'), { timeout: PATIENCE, what: 'the names' });
  const brought = await streaming(one, { replication });
  await brought.stopPod(0);
  appendFileSync(join(brought.claim(0), '17/docker/postgresql.auto.conf'), "synchronous_standby_names = ''\n");
  await brought.startPod(0);
  await says(brought, 0, 'takes settings out of postgresql.auto.conf that no pod of orders-db may have: synchronous_standby_names');
  await brought.waitForStreaming({ timeout: PATIENCE });
  expect(await brought.sql(0, 'SHOW synchronous_standby_names')).toMatch(/^ANY 1 /);
});

test('fault 25: without replicas writing waits and says so, reading goes on, and one replica is enough to go on', async () => {
  const found = await written(one, { replication });
  const { pods, writers } = found;
  const container = pods.pod(0).hostPid;
  for (const ordinal of [1, 2]) await pods.killPod(ordinal);
  await expectSilence(found, 0);
  const told = 'commits-wait: a transaction is confirmed when 1 of the replicas have it, and 0 of them stream: nothing is confirmed until more do';
  await pods.waitFor(async () => (await pods.readiness(0)).text === told, { timeout: PATIENCE, what: 'a readiness that says what is waited for' });
  expect((await pods.readiness(0)).status).toBe(0);
  expect(await pods.probe(0, 'liveness')).toEqual({ status: 0, text: '' });
  expect(Number(await pods.sql(0, 'SELECT count(*) FROM written'))).toBeGreaterThan(0);
  await pods.startPod(1);
  await writers.confirmed(0);
  await untold(pods);
  await pods.startPod(2);
  await expectKept(pods, writers);
  expect(pods.pod(0).hostPid).toBe(container);
});

describe('where too few replicas stream and a session waits, it is let go without an error, and no container restarts,', () => {
  const ways: readonly [string, number, readonly number[], Replication][] = [
    ['once the program declares asynchronous replication', 1, [1, 2], Replication.asynchronous()],
    ['once it lowers the quorum', 2, [2], replication],
  ];

  test.each(ways)('%s', async (_, quorum, away, changed) => {
    const pods = await streaming(one, { replication: Replication.synchronous({ quorum }) });
    await write(pods, 10);
    await pods.waitForStreaming({ timeout: PATIENCE });
    const container = pods.pod(0).hostPid;
    for (const ordinal of away) await pods.killPod(ordinal);
    const session = new PsqlSession(pods.pod(0));
    const answer = session.ask('INSERT INTO kept VALUES (1000);');
    const waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND query LIKE 'INSERT INTO kept %'";
    await pods.waitFor(async () => await pods.sql(0, waiting) === '1', { timeout: PATIENCE, what: 'a session that waits' });
    const told = `commits-wait: a transaction is confirmed when ${quorum} of the replicas have it, and ${2 - away.length} of them stream: nothing is confirmed until more do`;
    await pods.waitFor(async () => (await pods.readiness(0)).text === told, { timeout: PATIENCE, what: 'a readiness that says what is waited for' });
    expect(await pods.sql(0, waiting)).toBe('1');
    pods.apply(synthesize(one, { replication: changed }));
    // a wait that is given up ends with a warning
    expect(await answer).toEqual({ lines: '', state: '00000' });
    session.end();
    await untold(pods);
    expect(await confirms(pods, 0)).toBe(true);
    for (const ordinal of away) await pods.startPod(ordinal);
    await pods.waitForStreaming({ timeout: PATIENCE });
    for (const ordinal of pods.ordinals) expect(await rows(pods, ordinal)).toBe('11|1055');
    expect(pods.pod(0).hostPid).toBe(container);
  });
});

test('fault 31: a primary that is cut off confirms nothing, and goes on when the network does', async () => {
  const found = await written(one, { replication });
  const { pods, writers } = found;
  const before = containers(pods);
  pods.cut(0);
  await expectSilence(found, 0);
  pods.heal(0);
  await writers.confirmed(0);
  await expectKept(pods, writers);
  expect(containers(pods)).toEqual(before);
});

test('fault 17: switchovers under writers keep every confirmed row', async () => {
  const found = await written(one, { replication });
  const { pods, writers } = found;
  const [before, begin] = [containers(pods), logsNow(pods)];
  for (const primary of [1, 2, 0]) {
    await moveTo(pods, primary);
    await writers.confirmed(primary);
  }
  await expectKept(pods, writers);
  expect(order(writers)).toEqual([0, 1, 2, 0]);
  expect(containers(pods)).toEqual(before);
  expectNoCopies(pods, begin);
});

describe('a forced failover', () => {
  test('refuses with a single pod left, which may lack what was confirmed, unless that is accepted', async () => {
    const pods = await streaming(one, { replication });
    for (const ordinal of [0, 2]) await pods.killPod(ordinal);
    pods.declare({ primary: 1 });
    const { status, said } = await failOver(pods, 1, '--force');
    const too = '2 of 3 pods do not answer, or could not be cut off from the lost primary, and what was confirmed last may be on 2 of these only: bring one of them back';
    expect([status, said]).toEqual([1, expect.stringContaining(`refused: ${too}\n`)]);
    expect(await primaries(pods)).toEqual([]);
    const accepted = await failOver(pods, 1, '--force', '--accept-data-loss');
    expect([accepted.status, accepted.said]).toEqual([0, expect.stringContaining(`accepted: ${too}\n`)]);
    expect(await primaries(pods)).toEqual([1]);
    // alone it confirms nothing
    expect(await confirms(pods, 1)).toBe(false);
    for (const ordinal of [0, 2]) await pods.startPod(ordinal);
    await pods.waitForStreaming({ timeout: PATIENCE });
    expect(await confirms(pods, 1)).toBe(true);
  });

  test('refuses where those that are left are many, but one of them is a pod that the program does not know and that confirms nothing', async () => {
    const pods = await streaming(one, { replication });
    await pods.kubectlScale(4);
    await pods.waitForStreaming({ timeout: PATIENCE });
    for (const ordinal of [0, 1]) await pods.killPod(ordinal);
    pods.declare({ primary: 2 });
    const too = '2 of 3 pods do not answer, or could not be cut off from the lost primary, and what was confirmed last may be on 2 of these only: bring one of them back';
    for (const options of [[], ['--force']]) {
      const { status, said } = await failOver(pods, 2, ...options);
      expect(said).toMatch(/^orders-db-3: standby, /m);
      expect([status, said]).toEqual([1, expect.stringContaining(`refused: ${too}\n`)]);
    }
    expect(await primaries(pods)).toEqual([]);
  });

  test('of five pods, two of which have to confirm, refuses with two left and keeps every confirmed row with three', async () => {
    const pods = await streaming(one, { instances: 5, replication: Replication.synchronous({ quorum: 2 }) });
    await write(pods, 10);
    await pods.waitForStreaming({ timeout: PATIENCE });
    for (const ordinal of [0, 3, 4]) await pods.killPod(ordinal);
    pods.declare({ primary: 1 });
    const { status, said } = await failOver(pods, 1, '--force');
    const too = '3 of 5 pods do not answer, or could not be cut off from the lost primary, and what was confirmed last may be on 3 of these only: bring one of them back';
    expect([status, said]).toEqual([1, expect.stringContaining(`refused: ${too}\n`)]);
    await pods.startPod(4);
    await ready(pods, 4);
    expect(await failOver(pods, 1, '--force')).toMatchObject({ status: 0 });
    expect(await rows(pods, 1)).toBe('10|55');
    await pods.waitForStreaming({ ordinals: [2, 4], timeout: PATIENCE });
    expect(await confirms(pods, 1)).toBe(true);
    await pods.killPod(4);
    expect(await confirms(pods, 1)).toBe(false);
  });

  test('with two left keeps every confirmed row: the one that has less refuses, the other one succeeds', async () => {
    const found = await written(one, { replication });
    const { pods, writers } = found;
    pods.cut(0, 1);
    // only pod 2 has these
    await writers.confirmed(0, 50);
    await pods.killPod(0);
    pods.declare({ primary: 1 });
    const refused = await failOver(pods, 1, '--force');
    expect([refused.status, refused.said]).toEqual([1, expect.stringContaining('orders-db-2 has more than this pod')]);
    pods.declare({ primary: 2 });
    expect(await failOver(pods, 2, '--force')).toMatchObject({ status: 0 });
    await writers.confirmed(2);
    await pods.startPod(0);
    await expectKept(pods, writers);
  });
});

test('a failover in the only pod that cannot see the primary has the others confirm nothing to that one any more, over a restart, too', async () => {
  const pods = await streaming(one, { replication });
  for (const ordinal of [0, 2]) pods.withhold(ordinal);
  pods.declare({ primary: 1 });
  // what the server itself writes now and then makes pod 2 the one that has more
  await pods.waitFor(async () => {
    pods.heal(0, 1);
    await pods.waitFor(async () => await pods.sql(0, EVEN) === 't', { timeout: PATIENCE, what: 'replicas that have everything' });
    pods.cut(0, 1);
    return (await failOver(pods, 1, '--force')).status === 0;
  }, { timeout: PATIENCE, what: 'a failover' });
  expect(await primaries(pods)).toEqual([0, 1]);
  await pods.waitFor(async () => confirms(pods, 1), { timeout: PATIENCE, what: 'a row that the new primary confirms' });
  expect(await confirms(pods, 0)).toBe(false);
  const begin = logsNow(pods);
  pods.cut(1, 2);
  await pods.restartContainer(2);
  await says(pods, 2, ' prepare: waiting: stale-primary: ', begin);
  expect([await confirms(pods, 0), await confirms(pods, 1)]).toEqual([false, false]);
  for (const ordinal of [0, 2]) pods.heal(1, ordinal);
  expect(await confirms(pods, 0)).toBe(false);
  for (const ordinal of [0, 2]) pods.deliver(ordinal);
  await settled(pods);
  expect(await confirms(pods, 1)).toBe(true);
});

test('fault 9: an old primary that returns alone, beside its successor, confirms nothing, and follows when it hears of that', async () => {
  const found = await written(one, { replication });
  const { pods, writers } = found;
  pods.cut(0);
  await pods.pod(0).kill();
  pods.withhold(0);
  pods.declare({ primary: 1 });
  await pods.waitFor(async () => (await failOver(pods, 1, '--force')).status === 0, { timeout: PATIENCE, what: 'a failover' });
  await writers.confirmed(1);
  const begin = logsNow(pods);
  await pods.pod(0).restart();
  await pods.waitFor(async () => (await primaries(pods)).join() === '0,1', { timeout: PATIENCE, what: 'an old primary that starts alone' });
  await expectSilence(found, 0);
  pods.heal(0);
  pods.deliver(0);
  await writers.confirmed(1);
  await expectKept(pods, writers);
  expect(logOf(pods, 0, begin)).toContain('superseded: the declared primary orders-db-1.orders-db-headless writes on timeline 2');
});
