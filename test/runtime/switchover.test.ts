import { everywhere, insert, self, streaming, write } from './switchover-fixture';
import { server } from '../support/servers';

jest.setTimeout(600_000);

const one = server(17);

test('fault 17: a switchover there and back moves the primary without a rewind, restarts no container, and loses no confirmed row', async () => {
  const pods = await streaming(one);
  await write(pods, 10);
  await pods.waitForStreaming();
  const containers = pods.ordinals.map((ordinal) => pods.pod(ordinal).hostPid);
  let id = 100;
  for (const primary of [1, 0, 2, 1]) {
    await new Promise((resolve) => setTimeout(resolve, 3000));
    pods.declare({ primary });
    await pods.waitForStreaming({ timeout: 60_000 });
    id += 1;
    await insert(pods, primary, id, id);
  }
  require('fs').writeFileSync('/tmp/sw.pods', pods.ordinals.map((o) => pods.pod(o).logs()).join('\n====\n'));
  expect(await everywhere(pods)).toEqual(['14|465', '14|465', '14|465']);
  expect(pods.ordinals.map((ordinal) => pods.pod(ordinal).hostPid)).toEqual(containers);
  expect((await self(pods, 1)).timeline).toBe(5);
});
