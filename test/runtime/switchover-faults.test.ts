import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration } from 'cdk8s';
import { insert, keptAside } from './promotion-fixture';
import { rows, streaming, write } from './replicas-fixture';
import {
  containers, expectKept, expectNoCopies, failOver, logsNow, moveTo, offered, PATIENCE, pause, primaries, says, settled, written,
} from './switchover-fixture';
import { Replication } from '../../src';
import { Cluster } from '../support/cluster';
import { Pod } from '../support/pod';
import { server } from '../support/servers';

jest.setTimeout(900_000);

const one = server(17);

afterEach(async () => Pod.endAll());

/** For five seconds nobody, or only that pod, writes. */
async function stays(pods: Cluster, expected: number[]): Promise<void> {
  for (let second = 0; second < 5; second += 1) {
    expect(await primaries(pods)).toEqual(expected);
    await pause(1000);
  }
}

describe('a declared pod that does not take over from the one that has stepped down', () => {
  test('leaves the writes to the old primary once that is declared again, and follows it when it is back', async () => {
    const { pods, writers } = await written(one);
    const begin = logsNow(pods);
    await offered(pods);
    await pods.pod(1).kill();
    await stays(pods, []);
    pods.declare({ primary: 0 });
    await writers.confirmed(0);
    await pods.pod(1).restart();
    await expectKept(pods, writers);
    expectNoCopies(pods, begin);
  });

  test('leaves them to a third pod once that is declared', async () => {
    const { pods, writers } = await written(one);
    const begin = logsNow(pods);
    await offered(pods);
    await pods.pod(1).kill();
    pods.declare({ primary: 2 });
    await writers.confirmed(2);
    await pods.pod(1).restart();
    await expectKept(pods, writers);
    expectNoCopies(pods, begin);
  });

  test('takes over when it is back, where it is still declared', async () => {
    const { pods, writers } = await written(one);
    const begin = logsNow(pods);
    await offered(pods);
    await pods.restartContainer(1, async () => stays(pods, []));
    await writers.confirmed(1);
    await expectKept(pods, writers);
    expectNoCopies(pods, begin);
  });

  test('takes over as soon as it goes on', async () => {
    const { pods, writers } = await written(one);
    const begin = logsNow(pods);
    const goOn = await offered(pods);
    await stays(pods, []);
    goOn();
    await writers.confirmed(1);
    await expectKept(pods, writers);
    expectNoCopies(pods, begin);
  });

  test('keeps the right that it has claimed: the old primary refuses to write, and so does a forced failover, until it is back and yields', async () => {
    const { pods, writers } = await written(one);
    const begin = logsNow(pods);
    await offered(pods);
    await pods.sql(0, "SELECT pg_create_physical_replication_slot('claimed_t1_by_1')");
    await pods.pod(1).kill();
    pods.declare({ primary: 0 });
    const told = 'switchover-refused: orders-db-1.orders-db-headless may have taken over and does not say so; to force it: fail-over.sh --force, docs/runbooks/fail-over.md';
    await says(pods, 0, told, begin);
    await stays(pods, []);
    expect((await pods.readiness(0)).text).toContain(told);
    const { status, said } = await failOver(pods, 0);
    expect([status, said]).toEqual([1, expect.stringContaining('refused: orders-db-1 was about to take over and does not answer: it may have been')]);
    await pods.pod(1).restart();
    await writers.confirmed(0);
    await expectKept(pods, writers);
    expectNoCopies(pods, begin);
  });

  test.each(['kept', 'taken back'])('because the network is cut as the primary steps down, and the declaration is %s, loses nothing', async (declaration) => {
    const { pods, writers } = await written(one);
    const begin = logsNow(pods);
    pods.declare({ primary: 1 });
    await says(pods, 0, ' switchover: switchover: hands over to ', begin);
    pods.cut(1);
    if (declaration === 'taken back') pods.declare({ primary: 0 });
    await pause(5000);
    expect((await primaries(pods)).length).toBeLessThan(2);
    pods.heal(1);
    await writers.confirmed(pods.primary);
    await expectKept(pods, writers);
    expectNoCopies(pods, begin);
  });
});

describe('an old primary whose container is killed', () => {
  test('before it has heard of its successor comes back as a standby, and hands over', async () => {
    const { pods, writers } = await written(one);
    pods.withhold(0);
    const begin = logsNow(pods);
    pods.declare({ primary: 1 });
    await says(pods, 1, 'switchover: waits for orders-db-0.orders-db-headless to step down', begin);
    await pods.restartContainer(0, async () => {
      // longer than the pause between two tries of the receiver
      await pause(7000);
      pods.deliver(0);
    });
    await writers.confirmed(1);
    await expectKept(pods, writers);
    expectNoCopies(pods, begin);
  });

  test('just before, and serves again as the primary, hands over once the declared pod has connected anew', async () => {
    // the primary is back before its receiver tries again, which a reload would have it do at once
    const { pods, writers } = await written(one, { parameters: { wal_retrieve_retry_interval: '30s' } });
    await says(pods, 1, ' agent: reloaded the configuration');
    const begin = logsNow(pods);
    await pods.restartContainer(0);
    await pods.waitFor(async () => (await primaries(pods)).includes(0), { timeout: PATIENCE, what: 'a primary that is back' });
    pods.declare({ primary: 1 });
    await says(pods, 0, 'switchover-waits: orders-db-1.orders-db-headless is declared to be the primary, but it does not stream from this one', begin);
    await writers.confirmed(1);
    await expectKept(pods, writers);
    expectNoCopies(pods, begin);
  });

  test.each([
    [' switchover: switchover: hands over to ', 'as it hands over'], [' supervisor: the server has stopped with status 0', 'as its server has stopped'],
  ])('at "%s", %s, comes back as a standby, and hands over', async (text) => {
    const { pods, writers } = await written(one);
    const begin = logsNow(pods);
    pods.declare({ primary: 1 });
    await says(pods, 0, text, begin);
    await pods.restartContainer(0);
    await writers.confirmed(1);
    await expectKept(pods, writers);
    expectNoCopies(pods, begin);
  });
});

test.each([['old primary', 0], ['declared pod', 1], ['third pod', 2]] as const)('the pod of the %s is deleted and made anew while the primary moves', async (_, ordinal) => {
  const { pods, writers } = await written(one);
  const begin = logsNow(pods);
  pods.declare({ primary: 1 });
  await says(pods, 0, ' switchover: switchover: hands over to ', begin);
  await pods.restart(ordinal);
  await writers.confirmed(1);
  await expectKept(pods, writers);
  expectNoCopies(pods, ordinal === 0 ? [0, ...begin.slice(1)] : begin.map((length, index) => (index === ordinal ? 0 : length)));
});

test('a primary that cannot stop in time, since one of its processes does not end, is stopped at once, and hands over what it recovers', async () => {
  const { pods, writers } = await written(one, { replication: Replication.asynchronous({ switchoverDelay: Duration.seconds(3) }) });
  const begin = logsNow(pods);
  // the server kills it some seconds after it was told to stop at once
  process.kill(pods.pod(0).processes().find(({ command }) => /^postgres: (\S+: )?walwriter/.test(command.join(' ')))!.hostPid, 'SIGSTOP');
  pods.declare({ primary: 1 });
  await says(pods, 0, ' supervisor: the fast shutdown has lasted 3 s, now an immediate one', begin);
  await writers.confirmed(1);
  await expectKept(pods, writers);
  expectNoCopies(pods, begin);
});

test('a container that is to end while its server hands over has no more than its grace period, whatever the hand-over may take', async () => {
  const replication = Replication.asynchronous({ switchoverDelay: Duration.hours(1) });
  const { pods, writers } = await written(one, { replication }, { change: (pod) => ({ ...pod, env: { ...pod.env, PGSTS_STOP_SECONDS: '2' } }) });
  const old = pods.pod(0);
  const begin = logsNow(pods);
  process.kill(old.processes().find(({ command }) => /^postgres: (\S+: )?walwriter/.test(command.join(' ')))!.hostPid, 'SIGSTOP');
  pods.declare({ primary: 1 });
  await says(pods, 0, ' supervisor: stopping: hands over to ', begin);
  await pods.restart(0);
  expect(old.logs().slice(begin[0])).toMatch(/ supervisor: the fast shutdown has lasted \d+ s, now an immediate one/);
  await writers.confirmed(1);
  await expectKept(pods, writers);
});

describe('a topology that comes late', () => {
  test('to the primary changes nothing until it is there', async () => {
    const { pods, writers } = await written(one);
    const [before, begin] = [containers(pods), logsNow(pods)];
    pods.withhold(0);
    pods.declare({ primary: 1 });
    await stays(pods, [0]);
    await writers.confirmed(0);
    pods.deliver(0);
    await writers.confirmed(1);
    await expectKept(pods, writers);
    expect(containers(pods)).toEqual(before);
    expectNoCopies(pods, begin);
  });

  test('to the declared pod leaves the writes where they are until it is there', async () => {
    const { pods, writers } = await written(one);
    const begin = logsNow(pods);
    pods.withhold(1);
    pods.declare({ primary: 1 });
    await says(pods, 0, 'switchover-waits: orders-db-1.orders-db-headless is declared to be the primary, but it has not said yet that it knows of that', begin);
    await stays(pods, [0]);
    await writers.confirmed(0);
    pods.deliver(1);
    await writers.confirmed(1);
    await expectKept(pods, writers);
    expectNoCopies(pods, begin);
  });

  test('to a third pod, which believes that it is declared, makes no second primary', async () => {
    const { pods, writers } = await written(one);
    const begin = logsNow(pods);
    for (const ordinal of [0, 1]) pods.withhold(ordinal);
    pods.declare({ primary: 2 });
    await says(pods, 2, 'switchover: waits for orders-db-0.orders-db-headless to step down', begin);
    pods.withhold(2);
    pods.declare({ primary: 1 });
    for (const ordinal of [0, 1]) pods.deliver(ordinal);
    await writers.confirmed(1);
    await stays(pods, [1]);
    await writers.confirmed(1);
    // it follows the one that it would replace
    await pods.waitForStreaming({ ordinals: [2], timeout: PATIENCE });
    pods.deliver(2);
    await expectKept(pods, writers);
    expectNoCopies(pods, begin);
  });

  test('to each of three, which all believe something else, makes no second primary', async () => {
    const { pods, writers } = await written(one);
    const begin = logsNow(pods);
    for (const ordinal of [0, 1]) pods.withhold(ordinal);
    pods.declare({ primary: 2 });
    pods.withhold(2);
    pods.declare({ primary: 1 });
    // 0 would hand over to 1, which believes in 0, while 2 believes in itself
    pods.deliver(0);
    await stays(pods, [0]);
    await writers.confirmed(0);
    pods.deliver(2);
    pods.deliver(1);
    await writers.confirmed(1);
    await expectKept(pods, writers);
    expectNoCopies(pods, begin);
  });

  test('faults 8 and 18: to an old primary that returns after a forced failover keeps what it alone had, and makes it a follower', async () => {
    const pods = await streaming(one);
    await write(pods, 10);
    await pods.waitForStreaming();
    pods.cut(0);
    await insert(pods, 0, 11, 35);
    await pods.killPod(0);
    pods.withhold(0);
    pods.declare({ primary: 1 });
    expect(await failOver(pods, 1, '--force')).toMatchObject({ status: 0 });
    await insert(pods, 1, 101, 110);
    await pods.startPod(0);
    await pods.waitForStreaming({ timeout: PATIENCE });
    await stays(pods, [1]);
    expect(await Promise.all([0, 1, 2].map(async (ordinal) => rows(pods, ordinal)))).toEqual(['20|1110', '20|1110', '20|1110']);
    const { wal, copies } = keptAside(pods, 0);
    expect([wal.length, copies]).toEqual([1, []]);
    expect(Number(/committed_transactions=(\d+)/.exec(readFileSync(join(wal[0], 'summary'), 'utf8'))![1])).toBeGreaterThanOrEqual(25);
    pods.deliver(0);
    await settled(pods);
  });
});

test('a topology that goes on to the next pod every second ends with all confirmed rows and the last one as the only primary', async () => {
  const { pods, writers } = await written(one);
  const begin = logsNow(pods);
  for (const primary of [1, 2, 0, 2, 1, 0, 1, 2]) {
    pods.declare({ primary });
    await pause(1000);
  }
  await moveTo(pods, 1);
  await writers.confirmed(1);
  await expectKept(pods, writers);
  expectNoCopies(pods, begin);
});

test('what these tests compare finds a row that is missing', async () => {
  const { pods, writers } = await written(one);
  await writers.stop();
  await pods.sql(0, `DELETE FROM written WHERE id = ${writers.acknowledged()[0]}`);
  await expect(expectKept(pods, writers)).rejects.toThrow(String(writers.acknowledged()[0]));
});
