import { makeRecoveryLong } from './held-fixture';
import { insert, keptAside, keptTransactions } from './promotion-fixture';
import { filled, rows, self } from './replicas-fixture';
import { containers, failOver, logOf, logsNow, PATIENCE, pause, primaries, says, settled } from './switchover-fixture';
import { LIST_KEPT } from './written-commands';
import { Cluster } from '../support/cluster';
import { Pod } from '../support/pod';
import { server } from '../support/servers';

jest.setTimeout(900_000);

const one = server(17);

/** Pod 0 writes rows 11 to 35 that nobody else has, and its node is lost. Its ordinal hears of nothing from then on. */
async function lost(pods: Cluster): Promise<void> {
  pods.cut(0);
  await insert(pods, 0, 11, 35);
  await pods.killPod(0);
  pods.withhold(0);
}

async function everywhere(pods: Cluster, expected: string): Promise<void> {
  await settled(pods);
  for (const ordinal of pods.ordinals) expect([ordinal, await rows(pods, ordinal)]).toEqual([ordinal, expected]);
}

/** What that pod alone had is kept: so many transactions at least. */
async function expectTail(pods: Cluster, ordinal: number, transactions: number): Promise<void> {
  const { wal } = keptAside(pods, ordinal);
  expect(wal).toHaveLength(1);
  expect(await keptTransactions(one, wal[0])).toBeGreaterThanOrEqual(transactions);
}

afterEach(async () => Pod.endAll());

describe('a forced failover is refused', () => {
  test('while a primary answers, whatever is accepted; where it is called in another way it does nothing', async () => {
    const pods = await filled(one);
    pods.withhold(0);
    pods.declare({ primary: 1 });
    for (const options of [[], ['--force'], ['--force', '--accept-data-loss']]) {
      const { status, said } = await failOver(pods, 1, ...options);
      expect([options, status]).toEqual([options, 1]);
      expect(said).toContain('refused: orders-db-0 answers and is a primary: nothing is lost; a switchover moves it (docs/runbooks/switch-over.md)\n');
      expect(said).not.toContain('--accept-data-loss');
    }
    for (const options of [['--forced'], ['--force', 'yes'], ['']]) {
      expect(await failOver(pods, 1, ...options)).toEqual({ status: 2, said: 'usage: fail-over.sh [--force [--accept-data-loss]]\n' });
    }
    const { status, said } = await failOver(pods, 0, '--force');
    expect([status, said]).toEqual([1, expect.stringContaining('refused: this server is a primary already\n')]);
    expect(await primaries(pods)).toEqual([0]);
  });

  test('while a pod is starting or refuses us, which may be the primary, and in a pod that is not declared', async () => {
    const pods = await filled(one);
    await makeRecoveryLong(pods);
    await pods.killPod(0);
    const undeclared = await failOver(pods, 1, '--force');
    expect([undeclared.status, undeclared.said]).toEqual([1, expect.stringContaining('refused: the topology declares orders-db-0 to be the primary, not this pod')]);
    // the others are heard
    expect(undeclared.said).toMatch(/^orders-db-2: standby, timeline 1, position [0-9A-F]+\/[0-9A-F]+$/m);
    pods.withhold(0);
    pods.declare({ primary: 1 });
    const starting = await pods.startPod(0);
    const startup = () => starting.processes().find(({ command }) => /postgres: (\S+: )?startup/.test(command.join(' ')));
    const { hostPid } = await starting.waitFor(startup, { timeout: PATIENCE, what: 'a recovery' });
    process.kill(hostPid, 'SIGSTOP');
    const alive = await failOver(pods, 1, '--force', '--accept-data-loss');
    expect([alive.status, alive.said]).toEqual([1, expect.stringContaining('refused: orders-db-0 is alive (starting) and may be the primary\n')]);
    process.kill(hostPid, 'SIGCONT');
    // which sets the password
    await says(pods, 0, ' agent: reloaded the configuration');
    await pods.sql(0, "ALTER ROLE replicator PASSWORD 'another'");
    const refusing = await failOver(pods, 1, '--force', '--accept-data-loss');
    expect([refusing.status, refusing.said]).toEqual([1, expect.stringContaining('refused: orders-db-0 is alive (refusing) and may be the primary\n')]);
    expect(await primaries(pods)).toEqual([0]);
  });

  /** Pod 1 lacks rows 11 to 35, which pod 2 has; pod 0, the primary, is lost. */
  async function uneven(): Promise<Cluster> {
    const pods = await filled(one);
    pods.cut(0, 1);
    await insert(pods, 0, 11, 35);
    await pods.waitForStreaming({ ordinals: [2] });
    await pods.killPod(0);
    pods.withhold(0);
    pods.declare({ primary: 1 });
    return pods;
  }

  const more = /refused: orders-db-2 has more than this pod \(timeline 1, [0-9A-F]+\/[0-9A-F]+\): declare that one, and fail over to it\n/;

  test('fault 19: where another pod has more, which is named and succeeds', async () => {
    const pods = await uneven();
    const { status, said } = await failOver(pods, 1, '--force');
    expect([status, said]).toEqual([1, expect.stringMatching(more)]);
    expect(said).toContain('add --accept-data-loss where nothing better will ever come back');
    expect(await primaries(pods)).toEqual([]);
    pods.declare({ primary: 2 });
    expect(await failOver(pods, 2, '--force')).toMatchObject({ status: 0 });
    await insert(pods, 2, 101, 110);
    await everywhere(pods, '45|1685');
    await pods.startPod(0);
    pods.deliver(0);
    await everywhere(pods, '45|1685');
  });

  test('fault 19: and if that is accepted, the pod that had more is rewound and keeps what it had', async () => {
    const pods = await uneven();
    const { status, said } = await failOver(pods, 1, '--force', '--accept-data-loss');
    expect([status, said]).toEqual([0, expect.stringMatching(/accepted: orders-db-2 has more than this pod/)]);
    await insert(pods, 1, 101, 110);
    await everywhere(pods, '20|1110');
    await expectTail(pods, 2, 25);
    await pods.startPod(0);
    pods.deliver(0);
    await everywhere(pods, '20|1110');
    await expectTail(pods, 0, 25);
  });
});

test('fault 18: a replica of a lost primary takes over when a person says so, the others follow without a restart, and the tail is kept', async () => {
  const pods = await filled(one);
  const before = containers(pods);
  const { since } = await self(pods, 2);
  const begin = logsNow(pods);
  await lost(pods);
  pods.declare({ primary: 1 });
  await says(pods, 1, /switchover-refused: no pod says that it was the primary and hands over to this one; .* fail-over\.sh --force, docs\/runbooks\/fail-over\.md/, begin);
  await pause(5000);
  expect(await primaries(pods)).toEqual([]);
  const asked = await failOver(pods, 1);
  expect([asked.status, asked.said]).toEqual([0, expect.stringMatching(/\nnothing stands against a failover to orders-db-1: add --force\n$/)]);
  expect(await primaries(pods)).toEqual([]);
  expect(await failOver(pods, 1, '--force')).toMatchObject({ status: 0 });
  await insert(pods, 1, 101, 110);
  await everywhere(pods, '20|1110');
  expect(containers(pods)).toEqual(before.slice(1));
  expect((await self(pods, 2)).since).toBe(since);
  await pods.startPod(0);
  await pods.waitForStreaming({ timeout: PATIENCE });
  pods.deliver(0);
  await everywhere(pods, '20|1110');
  await expectTail(pods, 0, 25);
  expect(logOf(pods, 0)).toContain(' the copy was rewound and follows ');
  expect(await pods.readiness(1)).toEqual({ status: 0, text: '' });
  const { stdout } = await pods.pod(0).exec(['bash', '-c', LIST_KEPT]);
  expect(stdout.split('desc: COMMIT ').length - 1).toBeGreaterThanOrEqual(25);
});

test.each([['has not heard of its successor', true, false], ['has heard of it', false, false], ['restarts', true, true]])(
  'fault 10: an old primary that is cut off and %s goes on writing on its side; when both are back it steps aside and keeps what it wrote', async (_, withheld, restarted) => {
    const pods = await filled(one);
    const begin = logsNow(pods);
    pods.cut(0);
    if (withheld) pods.withhold(0);
    pods.declare({ primary: 1 });
    if (restarted) {
      await pods.restartContainer(0);
      await pods.waitFor(async () => (await primaries(pods)).includes(0), { timeout: PATIENCE, what: 'an old primary that starts alone' });
    }
    const before = containers(pods);
    await insert(pods, 0, 11, 35);
    await pods.waitFor(async () => (await failOver(pods, 1, '--force')).status === 0, { timeout: PATIENCE, what: 'a failover' });
    await insert(pods, 1, 101, 110);
    await insert(pods, 0, 36, 40);
    expect(await primaries(pods)).toEqual([0, 1]);
    pods.heal(0);
    pods.deliver(0);
    await everywhere(pods, '20|1110');
    await expectTail(pods, 0, 30);
    expect(logOf(pods, 0, begin)).toContain('superseded: the declared primary orders-db-1.orders-db-headless writes on timeline 2, this server on 1');
    expect(containers(pods)).toEqual(before);
  });

test('two failovers in a row: both old primaries return, keep their tails and follow the last one', async () => {
  const pods = await filled(one);
  await lost(pods);
  pods.declare({ primary: 1 });
  expect(await failOver(pods, 1, '--force')).toMatchObject({ status: 0 });
  await insert(pods, 1, 101, 110);
  await pods.waitForStreaming({ timeout: PATIENCE });
  pods.cut(1);
  await insert(pods, 1, 111, 135);
  await pods.killPod(1);
  pods.withhold(1);
  pods.declare({ primary: 2 });
  expect(await failOver(pods, 2, '--force')).toMatchObject({ status: 0 });
  await insert(pods, 2, 201, 210);
  // each believes that it is the primary
  for (const ordinal of [0, 1]) await pods.startPod(ordinal);
  await pods.waitForStreaming({ timeout: PATIENCE });
  expect(await primaries(pods)).toEqual([2]);
  for (const ordinal of [0, 1]) pods.deliver(ordinal);
  await everywhere(pods, '30|3165');
  for (const ordinal of [0, 1]) await expectTail(pods, ordinal, 25);
});

test('fault 6: an old primary whose rewind is cut off after a failover is copied anew, and what it had is kept', async () => {
  const pods = await filled(one);
  await lost(pods);
  pods.declare({ primary: 1 });
  expect(await failOver(pods, 1, '--force')).toMatchObject({ status: 0 });
  await insert(pods, 1, 101, 110);
  const pod = await pods.startPod(0);
  const rewind = await pod.waitFor(() => pod.processes().find(({ name }) => name === 'pg_rewind'), { timeout: PATIENCE, what: 'a rewind' });
  process.kill(rewind.hostPid, 'SIGSTOP');
  pods.deliver(0);
  await pods.restartContainer(0);
  await everywhere(pods, '20|1110');
  expect(logOf(pods, 0)).toContain(' prepare: clone: unfinished-rejoin: ');
  await expectTail(pods, 0, 25);
  expect(keptAside(pods, 0).copies).toHaveLength(1);
});
