import { dropSlot, endPromotion, hasSlot, hold, holdRecovery, makeSlot, processIn, slotThere, stays, toldToEnd, toldToPromote } from './held-fixture';
import { filled } from './replicas-fixture';
import { failOver, logsNow, moveTo, offered, PATIENCE, primaries, roleAndSlots, says, settled } from './switchover-fixture';
import { Cluster } from '../support/cluster';
import { Pod } from '../support/pod';
import { server } from '../support/servers';

jest.setTimeout(900_000);

const one = server(17);

/** Three pods of which pod 0, the primary, is lost, and pod 1 is declared. */
async function lost(): Promise<Cluster> {
  const pods = await filled(one);
  await pods.killPod(0);
  pods.withhold(0);
  pods.declare({ primary: 1 });
  return pods;
}

async function takenOver(pods: Cluster, ordinal: number): Promise<void> {
  await pods.waitFor(async () => (await primaries(pods)).join() === String(ordinal), { timeout: PATIENCE, what: `a primary ${ordinal} alone` });
}

const failingOver = /^bash \/opt\/cdk8s-postgres\/fail-over\.sh --force/;
const switching = /^bash \/opt\/cdk8s-postgres\/switchover\.sh$/;

const recovering = /^postgres: .*startup/;

/** As by Ctrl-C in a terminal: all of them hear it. */
function interrupt(pods: Cluster, ordinal: number): void {
  const all = pods.pod(ordinal).processes();
  const own = all.filter(({ command }) => failingOver.test(command.join(' ')));
  const started = all.filter(({ parent }) => own.some(({ pid }) => pid === parent));
  for (const hostPid of new Set([...own, ...started].map((found) => found.hostPid))) process.kill(hostPid, 'SIGINT');
}

afterEach(async () => Pod.endAll());

test.each(['is refused', 'is killed'])('a forced failover that %s after the others have heeded it succeeds when it is tried again', async (end) => {
  const pods = await lost();
  const heed = await hold(pods, 2, switching);
  const first = failOver(pods, 1, '--force');
  await slotThere(pods, 2, 'fenced_t1_by_1');
  const goOn = await hold(pods, 1, failingOver);
  heed();
  await slotThere(pods, 2, 'heeded_t1_by_1');
  if (end === 'is refused') {
    await makeSlot(pods, 2, 'claimed_t1_by_2');
    goOn();
    expect(await first).toEqual({ status: 1, said: expect.stringContaining('refused: orders-db-2 is about to take over') });
    expect(hasSlot(pods, 2, 'fenced_t1_by_1')).toBe(false);
    await dropSlot(pods, 2, 'claimed_t1_by_2');
  } else {
    const killed = await processIn(pods, 1, failingOver);
    goOn();
    process.kill(killed, 'SIGKILL');
    await first;
    expect(hasSlot(pods, 2, 'fenced_t1_by_1')).toBe(true);
  }
  const begin = logsNow(pods);
  expect(await failOver(pods, 1, '--force')).toMatchObject({ status: 0 });
  // in one and the same life of its program
  expect(pods.pod(2).logs().slice(begin[2])).not.toContain('settled anew');
  await settled(pods);
});

test('a second forced failover in the same pod is refused while one is at work, and leaves the fences of that one', async () => {
  const pods = await lost();
  const heed = await hold(pods, 2, switching);
  const first = failOver(pods, 1, '--force');
  await slotThere(pods, 2, 'fenced_t1_by_1');
  expect(await failOver(pods, 1, '--force')).toEqual({ status: 1, said: expect.stringContaining('refused: another fail-over.sh is at work in this pod') });
  expect(hasSlot(pods, 2, 'fenced_t1_by_1')).toBe(true);
  heed();
  expect(await first).toMatchObject({ status: 0 });
  await takenOver(pods, 1);
});

test('a forced failover waits until a standby that streams from there anyway has heeded it', async () => {
  const pods = await lost();
  await pods.restart(2);
  const streams = "SELECT 1 FROM pg_stat_replication WHERE application_name = 'orders-db-2' AND state = 'streaming'";
  await pods.waitFor(async () => await pods.sql(1, streams) === '1', { timeout: PATIENCE, what: 'a pod 2 that streams from pod 1' });
  const heed = await hold(pods, 2, switching);
  const over = failOver(pods, 1, '--force');
  await slotThere(pods, 2, 'fenced_t1_by_1');
  await stays(pods, [], 3);
  heed();
  expect(await over).toMatchObject({ status: 0 });
  await settled(pods);
});

test('a forced failover that is interrupted while its promotion is under way leaves the others fenced until that has come to its end', async () => {
  const pods = await lost();
  const recover = await holdRecovery(pods, 1);
  const over = failOver(pods, 1, '--force');
  await toldToPromote(pods, 1);
  interrupt(pods, 1);
  expect((await over).status).not.toBe(0);
  await stays(pods, [], 3);
  expect(hasSlot(pods, 2, 'fenced_t1_by_1')).toBe(true);
  recover();
  await takenOver(pods, 1);
  await settled(pods);
});

test('a standby whose promotion is under way gives it up when it is fenced, and no second primary is made', async () => {
  const pods = await filled(one);
  const begin = logsNow(pods);
  const goOn = await offered(pods);
  const recover = await hold(pods, 1, recovering);
  pods.withhold(1);
  goOn();
  await toldToPromote(pods, 1);
  await pods.killPod(0);
  pods.withhold(0);
  pods.declare({ primary: 2 });
  const over = failOver(pods, 2, '--force', '--accept-data-loss');
  await slotThere(pods, 1, 'fenced_t1_by_2');
  await endPromotion(pods, 1);
  // earlier, the recovery could end with the promotion after all, and the failover would be refused
  await Promise.race([over, toldToEnd(pods, await processIn(pods, 1, recovering))]);
  recover();
  expect(await over).toEqual({ status: 0, said: expect.stringContaining('orders-db-2 takes writes now') });
  await stays(pods, [2], 3);
  await says(pods, 1, 'the promotion that is under way is no longer wanted: a person has another pod take over', begin);
  pods.deliver(1);
  await settled(pods);
});

test('what a fenced pod has offered is withdrawn: a pod that comes back with an older topology claims nothing', async () => {
  const pods = await filled(one);
  await offered(pods);
  for (const ordinal of [0, 1]) pods.withhold(ordinal);
  await pods.pod(1).kill();
  pods.declare({ primary: 2 });
  const heed = await hold(pods, 0, switching);
  const over = failOver(pods, 2, '--force');
  await slotThere(pods, 0, 'fenced_t1_by_2');
  const goOn = await hold(pods, 2, failingOver);
  heed();
  await slotThere(pods, 0, 'heeded_t1_by_2');
  const recover = await holdRecovery(pods, 2);
  goOn();
  await toldToPromote(pods, 2);
  const begin = logsNow(pods);
  await pods.pod(1).restart();
  const refused = says(pods, 1, 'switchover-refused: no pod says that it was the primary', begin);
  await Promise.race([refused, says(pods, 1, 'this server is the primary now', begin)]);
  recover();
  expect(await over).toMatchObject({ status: 0 });
  await stays(pods, [2], 3);
  for (const ordinal of [0, 1]) pods.deliver(ordinal);
  await settled(pods);
});

test('a fenced pod that is declared takes over from the one that fenced it, which was the primary and has stepped down before it was seen to be', async () => {
  const pods = await filled(one);
  await moveTo(pods, 2);
  // nobody looks at what is left on that server
  process.kill(pods.pod(1).hostPid, 'SIGSTOP');
  await makeSlot(pods, 1, 'fenced_t1_by_2');
  await pods.killPod(1);
  pods.declare({ primary: 1 });
  await says(pods, 2, 'switchover-waits: orders-db-1.orders-db-headless is declared to be the primary');
  await pods.restartContainer(2);
  await pods.waitFor(async () => /^t:.*offered_t2_to_1/.test(await roleAndSlots(pods, 2)), { timeout: PATIENCE, what: 'a pod 2 that offers' });
  await pods.startPod(1);
  expect(hasSlot(pods, 1, 'fenced_t1_by_2')).toBe(true);
  await settled(pods);
  expect(hasSlot(pods, 1, 'fenced_t1_by_2')).toBe(false);
});

test('a fenced pod that is declared, and was started anew since, goes on where the one that fenced it has died and follows the old primary again', async () => {
  const pods = await filled(one);
  pods.declare({ primary: 1 });
  await settled(pods);
  process.kill(pods.pod(2).hostPid, 'SIGSTOP');
  // left by a failover to pod 0 that was killed with its container
  await makeSlot(pods, 2, 'fenced_t2_by_0');
  await pods.killPod(2);
  pods.declare({ primary: 2 });
  await pods.startPod(2);
  await settled(pods);
  expect(hasSlot(pods, 2, 'fenced_t2_by_0')).toBe(false);
});
