import { Duration } from 'cdk8s';
import { slotThere } from './held-fixture';
import { containers, expectKept, expectNoCopies, logOf, logsNow, moveTo, order, PATIENCE, pause, says, settled, written } from './switchover-fixture';
import { Replication } from '../../src';
import { Cluster } from '../support/cluster';
import { Pod } from '../support/pod';
import { server, servers } from '../support/servers';

jest.setTimeout(900_000);

const one = server(17);
const HANDS_OVER = ' switchover: switchover: hands over to ';

afterEach(async () => Pod.endAll());

test.each(servers.map((each) => [String(each), each] as const))(
  '%s, fault 17: a switchover there, back and to a third loses no confirmed row, restarts no container and copies nothing', async (_, each) => {
    const { pods, writers } = await written(each);
    const [before, begin] = [containers(pods), logsNow(pods)];
    for (const primary of [1, 0, 2]) {
      await moveTo(pods, primary);
      await writers.confirmed(primary);
    }
    await expectKept(pods, writers);
    expect(order(writers)).toEqual([0, 1, 0, 2]);
    expect(Object.keys(writers.timelines())).toEqual(['1', '2', '3', '4']);
    // the connection ends, or is refused while the server starts; a standby takes reads only
    for (const ordinal of pods.ordinals) expect(writers.refusals(ordinal).filter((said) => !['25006', '57P01', '08006', '08001'].includes(said))).toEqual([]);
    expect(writers.refusals(2)).not.toContain('57P01');
    expect(containers(pods)).toEqual(before);
    expectNoCopies(pods, begin);
  });

/** Whether the control file, by which a rewind goes, names the timeline that a primary is on; no other checkpoint comes by itself for an hour. */
const CHECKPOINT_OF_MINE = "SELECT timeline_id = ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int FROM pg_control_checkpoint()";

test('fault 17: three switchovers in a row without a restartpoint on anybody lose nothing', async () => {
  const { pods, writers } = await written(one, { parameters: { checkpoint_timeout: '1h' } });
  const begin = logsNow(pods);
  for (const primary of [1, 2, 0]) {
    const [from, before] = [pods.primary, logsNow(pods)];
    await moveTo(pods, primary);
    expect(logOf(pods, from, before)).toMatch(/checkpoint starting: [^]*received fast shutdown request/);
    await pods.waitFor(async () => await pods.sql(primary, CHECKPOINT_OF_MINE) === 't', { timeout: PATIENCE, what: `a checkpoint on the timeline of pod ${primary}` });
  }
  await writers.confirmed(0);
  await expectKept(pods, writers);
  expectNoCopies(pods, begin);
  for (const ordinal of pods.ordinals) {
    const log = logOf(pods, ordinal, begin);
    // each was a primary meanwhile, and checkpoints are told in the same way
    expect(log).toContain('checkpoint starting: ');
    expect(log).not.toContain('restartpoint starting: ');
  }
});

/** When the second declaration comes, after the first one: what the pods of the present primary and the first candidate have said by then. */
const moments: readonly [string, (pods: Cluster, from: number, first: number, begin: readonly number[]) => Promise<void>][] = [
  ['at once', async () => undefined],
  ['as the primary hands over', async (pods, from, _, begin) => says(pods, from, HANDS_OVER, begin)],
  ['as its server has stopped', async (pods, from, _, begin) => says(pods, from, ' supervisor: the server has stopped with status 0', begin)],
  ['as the candidate takes over', async (pods, _, first, begin) => says(pods, first, ' switchover: takes over from ', begin)],
  ['as it has taken over', async (pods, _, first, begin) => says(pods, first, ' switchover: this server is the primary now', begin)],
];

test.each(moments)('a declaration of a third pod, %s, ends with that one as the only primary and all confirmed rows', async (_, moment) => {
  const { pods, writers } = await written(one);
  const begin = logsNow(pods);
  pods.declare({ primary: 1 });
  await moment(pods, 0, 1, begin);
  await moveTo(pods, 2);
  await writers.confirmed(2);
  await expectKept(pods, writers);
  expectNoCopies(pods, begin);
});

test.each(moments)('a declaration that is taken back, %s, ends with the old primary as the only one and all confirmed rows', async (_, moment) => {
  const { pods, writers } = await written(one);
  const begin = logsNow(pods);
  pods.declare({ primary: 1 });
  await moment(pods, 0, 1, begin);
  await moveTo(pods, 0);
  await writers.confirmed(0);
  await expectKept(pods, writers);
  expectNoCopies(pods, begin);
});

describe('a declared pod that does not stream', () => {
  const faults: readonly [string, string, (pods: Cluster) => Promise<() => Promise<void>>][] = [
    ['its container is down', 'it has not said yet that it knows of that', async (pods) => {
      await pods.pod(1).kill();
      return async () => pods.pod(1).restart();
    }],
    ['the network between the two is cut', 'it has not said yet that it knows of that', async (pods) => {
      pods.cut(0, 1);
      return async () => pods.heal(0, 1);
    }],
    ['its receiver stands still', 'it is more than 1000 ms behind', async (pods) => {
      const receiver = pods.pod(1).processes().find(({ command }) => /^postgres: .*walreceiver/.test(command.join(' ')))!.hostPid;
      process.kill(receiver, 'SIGSTOP');
      return async () => void process.kill(receiver, 'SIGCONT');
    }],
    ['its replay is paused', 'it is more than 1000 ms behind', async (pods) => {
      await pods.sql(1, 'SELECT pg_wal_replay_pause()');
      return async () => void await pods.sql(1, 'SELECT pg_wal_replay_resume()');
    }],
  ];

  test.each(faults)('since %s has the primary go on writing and say so, and is handed over to when it does', async (_, problem, fault) => {
    const { pods, writers } = await written(one);
    const begin = logsNow(pods);
    const mend = await fault(pods);
    pods.declare({ primary: 1 });
    const told = `switchover-waits: orders-db-1.orders-db-headless is declared to be the primary, but ${problem}; this server goes on writing; see docs/runbooks/switch-over.md`;
    await says(pods, 0, ` switchover: ${told}`, begin);
    await pause(5000);
    await writers.confirmed(0);
    const { status, text } = await pods.readiness(0);
    expect([status, text]).toEqual([0, told]);
    expect(logOf(pods, 0, begin).split(told)).toHaveLength(2);
    expect(logOf(pods, 0, begin)).not.toContain(HANDS_OVER);
    await mend();
    await settled(pods);
    await writers.confirmed(1);
    expect(await pods.readiness(1)).toEqual({ status: 0, text: '' });
    await expectKept(pods, writers);
    expectNoCopies(pods, begin);
  });
});

describe('a limit that is declared', () => {
  /** Pod 1 is declared, and further behind than nothing; pod 0 waits for it. */
  async function waiting(switchoverLag: Duration): Promise<Cluster> {
    const { pods } = await written(one, { replication: Replication.asynchronous({ switchoverLag }) });
    await pods.sql(1, 'SELECT pg_wal_replay_pause()');
    pods.declare({ primary: 1 });
    return pods;
  }

  test('is the one that is waited for', async () => {
    const pods = await waiting(Duration.millis(3000));
    await says(pods, 0, 'but it is more than 3000 ms behind; this server goes on writing');
    await pods.sql(1, 'SELECT pg_wal_replay_resume()');
    await settled(pods);
  });

  test('and lasts long keeps nobody from declaring another pod meanwhile', async () => {
    const pods = await waiting(Duration.minutes(30));
    await slotThere(pods, 0, 'ready_t1_by_1');
    // it may have been asked for that before it was there
    await pause(3000);
    pods.declare({ primary: 2 });
    await says(pods, 0, 'hands over to orders-db-2.');
    await pods.sql(1, 'SELECT pg_wal_replay_resume()');
    await settled(pods);
    await moveTo(pods, 0);
    expect(logOf(pods, 0)).not.toContain('hands over to orders-db-1.');
  });
});
