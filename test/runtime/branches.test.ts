import { insert, keptAside } from './promotion-fixture';
import { rows, streaming, write } from './replicas-fixture';
import { failOver, logOf, logsNow, PATIENCE, primaries, says, settled } from './switchover-fixture';
import { Cluster } from '../support/cluster';
import { Pod } from '../support/pod';
import { server } from '../support/servers';

jest.setTimeout(300_000);

const one = server(17);

afterEach(async () => Pod.endAll());

/**
 * Pod 1 took over from pod 0 and began timeline 2, which pod 0 has followed since, and of which pod 2 has never heard. Then pod 1 was lost for good,
 * and pod 2 took over where pod 0 could not be heard: it began a timeline 2 of its own, and has written more than pod 0 has.
 */
async function namesakes(pods: Cluster): Promise<void> {
  await write(pods, 10);
  await pods.waitForStreaming();
  pods.cut(2);
  pods.withhold(2);
  await insert(pods, 0, 11, 20);
  await pods.waitForStreaming({ ordinals: [1] });
  pods.declare({ primary: 1 });
  await pods.waitFor(async () => (await primaries(pods)).includes(1), { timeout: PATIENCE, what: 'a primary 1' });
  await insert(pods, 1, 101, 110);
  await pods.waitForStreaming({ ordinals: [0], timeout: PATIENCE });
  await pods.killPod(1);
  pods.withhold(0);
  pods.deliver(2);
  pods.declare({ primary: 2 });
  expect(await failOver(pods, 2, '--force')).toMatchObject({ status: 0 });
  await pods.sql(2, 'INSERT INTO kept VALUES (201);\nSELECT pg_switch_wal();\nINSERT INTO kept VALUES (202);\nSELECT pg_switch_wal();\nCHECKPOINT');
}

/** Pod 0 has all that pod 2 has and nothing else; what it had is kept. */
async function expectCopied(pods: Cluster, begin: readonly number[]): Promise<void> {
  await settled(pods);
  for (const ordinal of pods.ordinals) expect([ordinal, await rows(pods, ordinal)]).toEqual([ordinal, '12|458']);
  expect(logOf(pods, 0, begin)).toContain(' prepare: clone: diverged: ');
  expect(keptAside(pods, 0)).toMatchObject({ copies: [expect.stringContaining('docker.diverged-')], wal: [] });
}

test('a standby of another timeline with the same number does not follow while it runs, and is copied anew', async () => {
  const pods = await streaming(one);
  await namesakes(pods);
  const begin = logsNow(pods);
  pods.deliver(0);
  pods.heal(2);
  await says(pods, 0, 'it has WAL that is not in the history of the primary', begin);
  await expectCopied(pods, begin);
});
