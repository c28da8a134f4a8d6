import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dropSlot, makeSlot, processIn, stays } from './held-fixture';
import { filled, rows } from './replicas-fixture';
import { failOver, logOf, PATIENCE, roleAndSlots, says, settled } from './switchover-fixture';
import { filledInSync, takenForLost, writtenSince } from './taken-for-lost-fixture';
import { hasParted } from '../faults/human';
import { Cluster } from '../support/cluster';
import { Pod } from '../support/pod';
import { server, servers } from '../support/servers';

jest.setTimeout(900_000);

const one = server(17);
const TEN = '10|55';
const COPIES = ' prepare: clone: no-copy: ';

async function offers(pods: Cluster, ordinal: number, slot: RegExp): Promise<void> {
  await pods.waitFor(async () => slot.test(await roleAndSlots(pods, ordinal)), { timeout: PATIENCE, what: `a pod ${ordinal} that offers` });
}

/** Pod 1 is declared and away, its volume is empty; pod 0 was the primary until its container died, and offers pod 1 the right to be it. */
async function waitedFor(pods: Cluster): Promise<Cluster> {
  await pods.killPod(1);
  pods.deleteClaim(1);
  await stepDown(pods);
  return pods;
}

async function stepDown(pods: Cluster): Promise<void> {
  pods.declare({ primary: 1 });
  await says(pods, 0, 'switchover-waits: orders-db-1.orders-db-headless is declared to be the primary');
  await pods.restartContainer(0);
  await offers(pods, 0, /^t:.*offered_t\d+_to_1/);
}

/** Pod 0 was taken for lost and has written on, and pod 1 has been the primary since, until its container died: pod 0 is declared again, and away. */
async function divergedAndDeclared(pods: Cluster): Promise<void> {
  await takenForLost(pods);
  await pods.sql(0, 'INSERT INTO kept VALUES (1000)');
  await pods.killPod(0);
  pods.declare({ primary: 0 });
  pods.deliver(0);
  await says(pods, 1, 'switchover-waits: orders-db-0.orders-db-headless is declared to be the primary');
  await pods.restartContainer(1);
  await offers(pods, 1, /^t:.*offered_t2_to_0/);
}

/** Everything is where it was, and the declared pod is the primary. */
async function expectMoved(pods: Cluster): Promise<void> {
  await settled(pods);
  for (const ordinal of pods.ordinals) expect([ordinal, await rows(pods, ordinal)]).toEqual([ordinal, TEN]);
}

/** The declared pod copies nothing and initialises nothing, and nobody writes. */
async function expectNoCopy(pods: Cluster): Promise<void> {
  await says(pods, 1, 'lost-primary: this volume is empty');
  await stays(pods, []);
  expect(logOf(pods, 1)).not.toContain(' prepare: clone: ');
  expect(existsSync(join(pods.claim(1), String(one.major)))).toBe(false);
}

afterEach(async () => Pod.endAll());

test.each(servers)('a declared pod with an empty volume copies the pod that was the primary last, and takes over from it, on %s', async (postgres) => {
  const pods = await waitedFor(await filledInSync(postgres));
  await pods.startPod(1);
  await expectMoved(pods);
  expect(logOf(pods, 1)).toContain(COPIES);
});

test.each(servers)('a declared pod that was the primary, too, and has been superseded, is rewound to the one that was it last, and takes over, on %s', async (postgres) => {
  const pods = await filled(postgres);
  await divergedAndDeclared(pods);
  await pods.startPod(0);
  await expectMoved(pods);
  expect(logOf(pods, 0)).toContain(' prepare: rejoin: diverged: ');
  expect(readdirSync(pods.claim(0)).filter((name) => name.startsWith('diverged-'))).toHaveLength(1);
});

test('it is rewound to nobody while a third pod has what only the declared one wrote, on the timeline that was left; a person goes back', async () => {
  const pods = await filled(one);
  await pods.killPod(2);
  await takenForLost(pods);
  await pods.sql(0, 'INSERT INTO kept VALUES (1000)');
  await pods.killPod(1);
  pods.declare({ primary: 0 });
  pods.deliver(0);
  pods.heal(0);
  await pods.startPod(2);
  await pods.waitForStreaming({ ordinals: [2] });
  await pods.killPod(0);
  await pods.startPod(1);
  await offers(pods, 1, /^t:.*offered_t2_to_0/);
  await pods.startPod(0);
  await says(pods, 0, 'waiting: superseded: ');
  await stays(pods, []);
  expect(await hasParted({ pods }, 2, 1)).toBe(true);
  pods.declare({ primary: 1 });
  await expectMoved(pods);
  expect(await hasParted({ pods }, 2, 1)).toBe(false);
  expect(logOf(pods, 2)).toContain(' prepare: rejoin: diverged: ');
  for (const ordinal of [0, 2]) expect(readdirSync(pods.claim(ordinal)).filter((name) => name.startsWith('diverged-'))).toHaveLength(1);
});

test('it waits for the third pod, which may have more; that comes back, and it copies', async () => {
  const pods = await waitedFor(await filledInSync(one));
  await pods.killPod(2);
  await pods.startPod(1);
  await expectNoCopy(pods);
  await pods.startPod(2);
  await expectMoved(pods);
  expect(logOf(pods, 1)).toContain(COPIES);
});

test('it copies nothing where it has claimed the right already, and so may have been the primary before its volume was lost', async () => {
  const pods = await waitedFor(await filledInSync(one));
  await makeSlot(pods, 0, 'claimed_t1_by_1');
  await pods.startPod(1);
  await expectNoCopy(pods);
  await dropSlot(pods, 0, 'claimed_t1_by_1');
  await expectMoved(pods);
});

test('it copies nothing from a pod that was taken for lost and offers what it has, while another one has been written to since', async () => {
  const pods = await writtenSince(one);
  await pods.killPod(1);
  pods.deleteClaim(1);
  // it never hears of the newer timeline
  pods.cut(0, 2);
  pods.heal(0);
  pods.deliver(0);
  await pods.restartContainer(0);
  await offers(pods, 0, /^t:.*offered_t1_to_1/);
  await pods.startPod(1);
  await expectNoCopy(pods);
  pods.heal(0, 2);
  pods.declare({ primary: 2 });
  await pods.waitFor(async () => (await failOver(pods, 2, '--force', '--accept-data-loss')).status === 0, { timeout: PATIENCE, what: 'a failover to pod 2' });
  await settled(pods);
  for (const ordinal of pods.ordinals) expect([ordinal, (await rows(pods, ordinal)).split('|')[0]]).toEqual([ordinal, '15']);
});

test('nor from one that has begun a timeline of the same number, beside the one that has been written to since', async () => {
  const pods = await writtenSince(one);
  for (const ordinal of [1, 2]) pods.withhold(ordinal);
  pods.deliver(0);
  await pods.restartContainer(0);
  await says(pods, 0, 'start-standby: demoted: ');
  pods.declare({ primary: 0 });
  await pods.waitFor(async () => (await failOver(pods, 0, '--force', '--accept-data-loss')).status === 0, { timeout: PATIENCE, what: 'a failover to pod 0' });
  pods.declare({ primary: 1 });
  await pods.restartContainer(0);
  await offers(pods, 0, /^t:.*offered_t2_to_1/);
  await pods.killPod(1);
  pods.deleteClaim(1);
  for (const ordinal of [1, 2]) pods.deliver(ordinal);
  pods.heal(0);
  await pods.startPod(1);
  await expectNoCopy(pods);
});

test('with asynchronous replication the empty pod copies nothing, since it may have been the primary alone; a person goes back', async () => {
  const pods = await waitedFor(await filled(one));
  await pods.startPod(1);
  await expectNoCopy(pods);
  pods.declare({ primary: 0 });
  await expectMoved(pods);
});

test('a rewind that was cut off is no copy either, and what it has left is kept', async () => {
  const pods = await filled(one);
  await pods.killPod(1);
  writeFileSync(join(pods.claim(1), '.rejoining'), 'timeline=1\n');
  await stepDown(pods);
  await pods.startPod(1);
  await expectMoved(pods);
  expect(logOf(pods, 1)).toContain(' prepare: clone: unfinished-rejoin: ');
  expect(readdirSync(join(pods.claim(1), '17')).filter((name) => name.startsWith('docker.diverged-'))).toHaveLength(1);
});

test('a person goes back while it copies: that pod takes the writes back at once, and is copied as the primary', async () => {
  const pods = await waitedFor(await filledInSync(one));
  await pods.startPod(1);
  const copying = await processIn(pods, 1, /^pg_basebackup /);
  process.kill(copying, 'SIGSTOP');
  pods.declare({ primary: 0 });
  await pods.waitFor(async () => await pods.sql(0, 'SELECT pg_is_in_recovery()') === 'f', { timeout: PATIENCE, what: 'a primary 0' });
  process.kill(copying, 'SIGCONT');
  await expectMoved(pods);
});

