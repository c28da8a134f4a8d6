import { logsNow, PATIENCE, primaries, roleAndSlots, settled, expectKept, expectNoCopies, written, Written } from './switchover-fixture';
import { Pod } from '../support/pod';
import { server } from '../support/servers';

jest.setTimeout(3_600_000);

const one = server(17);

afterEach(async () => Pod.endAll());

/** Has the pod die in place of its n-th external command from now on; 0: not at all. Those of its agent count as well. */
async function killAt(pod: Pod, n: number): Promise<void> {
  const limit = n === 0 ? 0 : pod.commands().length + n;
  const { status } = await pod.exec(['bash', '-c', `echo ${limit} >/.pod/count/limit.new && mv -f /.pod/count/limit.new /.pod/count/limit`]);
  expect(status).toBe(0);
}

/** Moves the primary between the pods 0 and 1 and kills one of them on the way; returns the commands before which it died, if it did. */
async function killedOnTheWay({ pods, writers }: Written, who: 'old primary' | 'candidate', n: number): Promise<string | undefined> {
  const [from, to] = [pods.primary, 1 - pods.primary];
  const pod = pods.pod(who === 'candidate' ? to : from);
  const follow = async () => (await Promise.all([from, 2].map(async (ordinal) => roleAndSlots(pods, ordinal)))).every((said) => said === 't:');
  await killAt(pod, n);
  pods.declare({ primary: to });
  const over = async () => pod.reached || ((await primaries(pods)).join() === String(to) && await follow());
  await pods.waitFor(over, { timeout: PATIENCE, what: `the end of a hand-over whose ${who} is killed at command ${n}` });
  const { reached } = pod;
  if (reached) {
    const last = pod.commands().slice(-3);
    await pod.exited;
    await pod.restart();
    await writers.confirmed(to);
    return last.join(' | ');
  }
  await killAt(pod, 0);
  return undefined;
}

// the campaign of test/faults kills in between, at moments that its seed chooses
test.each([['old primary', 6], ['candidate', 6]] as const)(
  'a hand-over whose %s is killed at its n-th command, for every %d. n, goes on by itself, and loses nothing', async (who, step) => {
    const found = await written(one, {}, { change: (description, ordinal) => (ordinal === 2 ? description : { ...description, killAt: 0 }) });
    const begin = logsNow(found.pods);
    const at: string[] = [];
    const left: string[] = [];
    for (let n = 1; ; n += step) {
      const command = await killedOnTheWay(found, who, n);
      if (command === undefined) break;
      at.push(`${n}: ${command}`);
      await settled(found.pods).catch((error) => left.push(`${n}: ${command}: ${String(error).slice(0, 300)}`));
      const confirmed = found.writers.acknowledged();
      await found.pods.waitForStreaming({ timeout: PATIENCE });
      const there = new Set((await found.pods.sql(2, 'SELECT id FROM written')).split('\n').map(Number));
      expect([command, confirmed.filter((id) => !there.has(id))]).toEqual([command, []]);
    }
    await expectKept(found.pods, found.writers);
    expectNoCopies(found.pods, begin);
    console.log(`killed the ${who} in place of\n${at.join('\n')}`);
    expect(left).toEqual([]);
    expect(at.length).toBeGreaterThan(5);
  });
