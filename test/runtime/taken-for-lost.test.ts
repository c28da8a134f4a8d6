import { state } from './fixture';
import { stays } from './held-fixture';
import { rows } from './replicas-fixture';
import { failOver, PATIENCE, primaries, roleAndSlots, says } from './switchover-fixture';
import { writtenSince } from './taken-for-lost-fixture';
import { Pod } from '../support/pod';
import { server } from '../support/servers';

// A primary that lives was taken for lost, and another pod has confirmed rows since: these are never given up for what that one has.

jest.setTimeout(900_000);

afterEach(async () => Pod.endAll());

test('while its successor is away, no empty volume is filled from it, and it stops once a standby of the successor is declared', async () => {
  const pods = await writtenSince(server(17));
  const confirmed = await rows(pods, 1);
  pods.cut(1);
  // its own topology still names itself
  pods.heal(0);
  await pods.scale(4);
  await state(pods.pod(3), 'waiting', 'orders-db-0 is a primary of an older timeline than orders-db-2', PATIENCE);
  expect((await failOver(pods, 2)).said).toContain('refused: orders-db-0 is a primary of an older timeline than this pod, was taken for lost, and is told to stop');
  pods.declare({ primary: 2 });
  await pods.waitFor(async () => (await primaries(pods)).join() === '1', { timeout: PATIENCE, what: 'a pod 0 that has stopped' });
  pods.heal(1);
  pods.deliver(0);
  await pods.waitForStreaming({ timeout: PATIENCE });
  for (const ordinal of pods.ordinals) expect([ordinal, await rows(pods, ordinal)]).toEqual([ordinal, confirmed]);
});

test('it takes no writes back while all others are away, one of which has been the primary since', async () => {
  const pods = await writtenSince(server(17));
  const confirmed = await rows(pods, 1);
  for (const ordinal of [1, 2]) await pods.killPod(ordinal);
  pods.heal(0);
  pods.deliver(0);
  await pods.restartContainer(0);
  await pods.waitFor(async () => (await roleAndSlots(pods, 0)).startsWith('t:'), { timeout: PATIENCE, what: 'a pod 0 that has stepped down' });
  pods.declare({ primary: 0 });
  await says(pods, 0, 'switchover-waits: this server was the primary last, and too few pods answer');
  await stays(pods, []);
  pods.declare({ primary: 1 });
  for (const ordinal of [2, 1]) await pods.startPod(ordinal);
  await pods.waitForStreaming({ timeout: PATIENCE });
  for (const ordinal of pods.ordinals) expect([ordinal, await rows(pods, ordinal)]).toEqual([ordinal, confirmed]);
});
