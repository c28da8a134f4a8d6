import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promote } from './promotion-fixture';
import { rows, streaming, write } from './replicas-fixture';
import { failOver, logOf, logsNow, PATIENCE, pause, primaries, says, settled } from './switchover-fixture';
import { Cluster } from '../support/cluster';
import { Pod } from '../support/pod';
import { server } from '../support/servers';

jest.setTimeout(300_000);

const one = server(17);

afterEach(async () => Pod.endAll());

/** Uses up the replication slots of a server. */
async function fillSlots(pods: Cluster, ordinal: number): Promise<void> {
  await pods.sql(ordinal, `SELECT pg_create_physical_replication_slot('other_' || slot)
    FROM generate_series(1, current_setting('max_replication_slots')::int - (SELECT count(*) FROM pg_replication_slots)) AS slot`);
}

async function freeSlots(pods: Cluster, ordinal: number): Promise<void> {
  await pods.sql(ordinal, "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name LIKE 'other%'");
}

describe('a switchover that finds no free replication slot', () => {
  test('on the primary says so once, runs no checkpoint, and goes on when there is one', async () => {
    const pods = await streaming(one);
    // room for what the declared pod says, and for nothing else
    await fillSlots(pods, 0);
    await pods.sql(0, "SELECT pg_drop_replication_slot('other_1')");
    const begin = logsNow(pods);
    pods.declare({ primary: 1 });
    await says(pods, 0, 'but this server has no free replication slot (max_replication_slots); this server goes on writing', begin);
    await pause(3000);
    expect(logOf(pods, 0, begin).match(/no free replication slot/g)).toHaveLength(1);
    expect(logOf(pods, 0, begin)).not.toContain('checkpoint starting');
    expect(await primaries(pods)).toEqual([0]);
    await freeSlots(pods, 0);
    await settled(pods);
  });

  test('on the declared pod says so once, leaves the writes where they are, and goes on when there is one', async () => {
    const pods = await streaming(one);
    await fillSlots(pods, 1);
    const begin = logsNow(pods);
    pods.declare({ primary: 1 });
    await says(pods, 1, 'switchover-waits: this server cannot make the replication slots of the others', begin);
    await pause(3000);
    expect(logOf(pods, 1, begin).match(/switchover-waits/g)).toHaveLength(1);
    expect(await primaries(pods)).toEqual([0]);
    await freeSlots(pods, 1);
    await settled(pods);
  });
});

const words = [['empty', ''], ['a word', 'none'], ['no number that bash knows', '08']];

test.each(words)('a declared primary that is %s moves nothing, and no failover is forced', async (_, declared) => {
  const pods = await streaming(one);
  pods.declare({ primary: 1 });
  await settled(pods);
  const begin = logsNow(pods);
  pods.declare({ primary: declared as unknown as number });
  await pause(3000);
  expect(await primaries(pods)).toEqual([1]);
  for (const ordinal of pods.ordinals) expect(logOf(pods, ordinal, begin)).not.toMatch(/hands over|takes over|unbound|syntax|value too great/);
  await pods.killPod(1);
  const { status, said } = await failOver(pods, 0, '--force');
  expect([status, said]).toEqual([1, `refused: the topology declares "${declared}" to be the primary, which is no pod: declare this one\n`]);
  expect(await primaries(pods)).toEqual([]);
});

describe('a standby that is fenced off from the primary and is started anew', () => {
  /** Pod 2 receives from pod 1 only, until a primary is on a newer timeline than 1. */
  async function fenced(): Promise<Cluster> {
    const pods = await streaming(one);
    await write(pods, 10);
    await pods.waitForStreaming();
    await pods.sql(2, "SELECT pg_create_physical_replication_slot('fenced_t1_by_1')");
    return pods;
  }

  test('makes no new copy from it', async () => {
    const pods = await fenced();
    await pods.killPod(2);
    writeFileSync(join(pods.claim(2), '.rejoining'), 'timeline=1\n');
    await pods.startPod(2);
    await says(pods, 2, /unfinished-rejoin: .* waits for the primary to be copied anew; fenced off from: orders-db-0\n/);
    expect(existsSync(join(pods.claim(2), '.rejoining'))).toBe(true);
    await pods.killPod(0);
    pods.declare({ primary: 1 });
    await promote(pods, 1);
    await pods.waitForStreaming({ ordinals: [2], timeout: PATIENCE });
    expect(await rows(pods, 2)).toBe('10|55');
  });

  test('follows the primary of the newer timeline beside it', async () => {
    const pods = await fenced();
    await pods.killPod(2);
    await promote(pods, 1);
    await pods.startPod(2);
    await says(pods, 2, ' prepare: start-standby: follow: it follows the primary');
    pods.declare({ primary: 1 });
    await pods.waitForStreaming({ ordinals: [2], timeout: PATIENCE });
    expect(await rows(pods, 2)).toBe('10|55');
  });
});
