import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hold } from './held-fixture';
import { insert, keptAside } from './promotion-fixture';
import { rows, streaming, write } from './replicas-fixture';
import { failOver, logOf, logsNow, PATIENCE, pause, primaries, says, settled } from './switchover-fixture';
import { Cluster } from '../support/cluster';
import { Pod } from '../support/pod';
import { Server, server } from '../support/servers';

jest.setTimeout(300_000);

const one = server(17);
const SEGMENT = 16 * 1024 * 1024;

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
  await writeMore(pods);
}

/** Pod 2 writes on, behind what any other has. */
async function writeMore(pods: Cluster): Promise<void> {
  await pods.sql(2, 'INSERT INTO kept VALUES (201);\nSELECT pg_switch_wal();\nINSERT INTO kept VALUES (202);\nSELECT pg_switch_wal();\nCHECKPOINT');
}

/** Pod 0 has all that pod 2 has and nothing else; what it had is kept. */
async function expectCopied(pods: Cluster, begin: readonly number[] = []): Promise<void> {
  await settled(pods);
  for (const ordinal of pods.ordinals) expect([ordinal, await rows(pods, ordinal)]).toEqual([ordinal, '12|458']);
  expect(logOf(pods, 0, begin)).toContain(' prepare: clone: diverged: ');
  expect(keptAside(pods, 0)).toEqual({ copies: [expect.stringContaining('docker.diverged-')], wal: [] });
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

/** The history of timeline 2 that a pod has. */
const historyOf = (pods: Cluster, ordinal: number, { major }: Server): string => readFileSync(join(pods.claim(ordinal), `${major}/docker/pg_wal/00000002.history`), 'utf8');

/** The first bytes of timeline 2 on the volume of a pod. */
function beginning(pods: Cluster, ordinal: number, postgres: Server): Buffer {
  const position = parseInt(/^1\t0\/([0-9A-F]+)\t/m.exec(historyOf(pods, ordinal, postgres))![1], 16);
  const file = `0000000200000000${Math.floor(position / SEGMENT).toString(16).toUpperCase().padStart(8, '0')}`;
  return readFileSync(join(pods.claim(ordinal), `${postgres.major}/docker/pg_wal`, file)).subarray(position % SEGMENT, position % SEGMENT + 24);
}

/** The timeline of which the control file of a pod says that its last checkpoint is there. */
async function lastTimeline(pods: Cluster, ordinal: number, postgres: Server): Promise<string> {
  const { bin } = await postgres.bring();
  const { stdout } = spawnSync(join(bin, 'pg_controldata'), [join(pods.claim(ordinal), `${postgres.major}/docker`)], { encoding: 'utf8' });
  return /^Latest checkpoint's TimeLineID: +(\d+)$/m.exec(stdout)![1];
}

/**
 * Pod 0 was stopped; pod 1 took over and began timeline 2, which pod 0 has followed since. Then pod 1 was lost for good, and pod 2, which had what pod 1 had
 * when it took over and never heard of it, took over where pod 0 could not be heard: it began a timeline 2 of its own, at the same position.
 */
async function twins(pods: Cluster, postgres: Server, lose: () => Promise<void> | void): Promise<void> {
  await write(pods, 10);
  await pods.waitForStreaming();
  await pods.stopPod(0);
  pods.cut(2);
  pods.withhold(2);
  pods.declare({ primary: 1 });
  expect(await failOver(pods, 1, '--force')).toMatchObject({ status: 0 });
  await pods.startPod(0);
  await pods.waitForStreaming({ ordinals: [0], timeout: PATIENCE });
  await insert(pods, 1, 101, 110);
  await pods.waitFor(async () => (await rows(pods, 0)) === '20|1110', { what: 'rows of pod 1 on pod 0' });
  await lose();
  await pods.killPod(1);
  pods.withhold(0);
  pods.deliver(2);
  pods.declare({ primary: 2 });
  expect(await failOver(pods, 2, '--force')).toMatchObject({ status: 0 });
  expect(historyOf(pods, 2, postgres)).toBe(historyOf(pods, 0, postgres));
  await writeMore(pods);
}

test('a standby of a timeline that began where its namesake did does not follow while it runs, and is copied anew', async () => {
  const postgres = server(15);
  const pods = await streaming(postgres);
  await twins(pods, postgres, () => undefined);
  const begin = logsNow(pods);
  // as long as nobody tells it follows neither, whatever the histories say
  const asks = 'FUNCTION pg_read_binary_file(text, bigint, bigint, boolean)';
  await pods.sql(2, `REVOKE EXECUTE ON ${asks} FROM replicator`);
  pods.deliver(0);
  pods.heal(2);
  await pods.waitFor(async () => (await pods.sql(2, "SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'pod_0'")) === '1', { what: 'a slot of pod 0' });
  await pause(5000);
  expect(logOf(pods, 0, begin)).not.toContain('follows orders-db-2');
  await pods.sql(2, `GRANT EXECUTE ON ${asks} TO replicator`);
  await says(pods, 0, 'it has WAL that is not in the history of the primary', begin);
  await expectCopied(pods, begin);
});

test('one that has received of such a timeline more than its control file says does not replay it, and is copied anew', async () => {
  const postgres = server(18);
  const pods = await streaming(postgres);
  await twins(pods, postgres, async () => pods.killPod(0));
  expect(await lastTimeline(pods, 0, postgres)).toBe('1');
  pods.deliver(0);
  pods.heal(2);
  await pods.startPod(0);
  await expectCopied(pods);
});

test('one that was started before any primary was to be seen is copied anew, also where it has received from the other one before it could compare', async () => {
  const postgres = server(16);
  const pods = await streaming(postgres);
  await twins(pods, postgres, async () => pods.killPod(0));
  const own = beginning(pods, 0, postgres);
  pods.deliver(0);
  await pods.startPod(0);
  await says(pods, 0, 'supervisor: running');
  expect(logOf(pods, 0)).toContain(' prepare: start-standby: alone: ');
  const goOn = await hold(pods, 0, /switchover[.]sh/);
  pods.heal(2);
  await pods.waitFor(() => !beginning(pods, 0, postgres).equals(own), { timeout: PATIENCE, what: 'WAL of pod 2 in the place of what pod 0 had' });
  goOn();
  await expectCopied(pods);
});
