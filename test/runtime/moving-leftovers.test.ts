import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasSlot, makeSlot, processIn, stays } from './held-fixture';
import { promote } from './promotion-fixture';
import { rows, streaming, write } from './replicas-fixture';
import { expectKept, expectNoCopies, logsNow, moveTo, offered, PATIENCE, roleAndSlots, says, settled, steppedDown, written } from './switchover-fixture';
import { Cluster } from '../support/cluster';
import { Pod } from '../support/pod';
import { server } from '../support/servers';

jest.setTimeout(900_000);

const one = server(17);

/** What a pod writes on its volume when it is about to begin the timeline behind that one. */
function claimed(pods: Cluster, ordinal: number): string {
  return join(pods.claim(ordinal), '.claimed');
}

afterEach(async () => Pod.endAll());

test('a pod that follows another one forgets the promotion that it once gave up, and has no right to one when it is back alone', async () => {
  const { pods, writers } = await written(one);
  writeFileSync(claimed(pods, 1), '1\n');
  await moveTo(pods, 2);
  await pods.waitFor(() => !existsSync(claimed(pods, 1)), { timeout: PATIENCE, what: 'a pod 1 that has forgotten it' });
  await writers.confirmed(2);
  await writers.stop();
  for (const ordinal of [0, 2, 1]) await pods.killPod(ordinal);
  await pods.startPod(1);
  await says(pods, 1, 'supervisor: running');
  expect(existsSync(steppedDown(pods, 1))).toBe(false);
  for (const ordinal of [0, 2]) await pods.startPod(ordinal);
  await expectKept(pods, writers);
});

test('a candidate that is killed twice at the end of its recovery, and so is two timelines further, takes over when it is back', async () => {
  const { pods, writers } = await written(one);
  const begin = logsNow(pods);
  const goOn = await offered(pods);
  // what the first of the two leaves: the history of a timeline that nobody has begun
  const end = await pods.sql(1, 'SELECT pg_last_wal_receive_lsn()');
  writeFileSync(join(pods.claim(1), '17/docker/pg_wal/00000002.history'), `1\t${end.trim()}\tno recovery target specified\n`);
  appendFileSync(join(pods.claim(1), '17/docker/postgresql.auto.conf'), "recovery_end_command = 'sleep 1000'\n");
  await pods.sql(1, 'SELECT pg_reload_conf()');
  goOn();
  await processIn(pods, 1, /^sleep 1000$/);
  await pods.restartContainer(1);
  await writers.confirmed(1);
  await expectKept(pods, writers);
  expect(writers.timelines()).toEqual({ 1: [0], [Math.max(...Object.keys(writers.timelines()).map(Number))]: [1] });
  expectNoCopies(pods, begin);
});

/** Pod 1 is declared, has lost the WAL that it needs to be read, and is not there; pod 0, which was the primary, has it. */
async function inconsistent(pods: Cluster): Promise<void> {
  await pods.sql(0, 'CHECKPOINT');
  await write(pods, 10);
  await pods.waitForStreaming();
  // from here on is what it needs, and pod 0 has it
  await pods.sql(1, 'CHECKPOINT');
  await pods.killPod(1);
  const wal = join(pods.claim(1), '17/docker/pg_wal');
  for (const file of readdirSync(wal)) if (/^[0-9A-F]{24}$/.test(file)) rmSync(join(wal, file));
  pods.declare({ primary: 1 });
}

const offering = async (pods: Cluster): Promise<void> => {
  await pods.waitFor(async () => /^t:.*offered_t1_to_1/.test(await roleAndSlots(pods, 0)), { timeout: PATIENCE, what: 'a pod 0 that offers' });
};

test('a declared pod whose copy is not consistent yet takes what it needs from the one that offers it the writes', async () => {
  const pods = await streaming(one);
  await inconsistent(pods);
  await pods.restartContainer(0);
  await offering(pods);
  const pod = await pods.startPod(1);
  await pods.waitForStreaming({ timeout: PATIENCE });
  expect(pod.logs()).toContain(' prepare: start-standby: alone: ');
  expect(pod.logs()).not.toContain('has been stuck');
  expect(await rows(pods, 1)).toBe('10|55');
});

test('a declared pod whose copy is not consistent yet finds the one that offers it the writes also where that does so later', async () => {
  const pods = await streaming(one);
  await inconsistent(pods);
  await pods.killPod(0);
  await pods.startPod(1);
  await says(pods, 1, ' prepare: start-standby: alone: ');
  await pods.startPod(0);
  await offering(pods);
  await says(pods, 1, 'orders-db-0.orders-db-headless may have the WAL that this server waits for: the server is stopped, and the role settled anew');
  await pods.waitForStreaming({ timeout: PATIENCE });
  expect(await rows(pods, 1)).toBe('10|55');
});

test('a declared pod whose copy is not consistent yet says that the one that offers it the writes lacks what it needs, and is copied anew when that is declared', async () => {
  const pods = await streaming(one);
  await inconsistent(pods);
  const needed = await pods.sql(0, 'SELECT pg_walfile_name(pg_current_wal_lsn())');
  await pods.sql(0, 'SELECT pg_switch_wal();\nCREATE TABLE more ();\nSELECT pg_switch_wal();\nCHECKPOINT');
  await pods.restartContainer(0);
  await offering(pods);
  rmSync(join(pods.claim(0), '17/docker/pg_wal', needed));
  await pods.startPod(1);
  await says(pods, 1, 'orders-db-0.orders-db-headless offers this pod the writes, and no longer has the WAL that this copy needs to be read: declare that pod');
  pods.declare({ primary: 0 });
  // it is decided anew where nothing comes for so many seconds, else for a minute
  for (const ordinal of [1, 2]) writeFileSync(join(pods.pod(ordinal).hostPath('/run/cdk8s-postgres'), 'patience'), '5\n');
  await settled(pods);
  expect(await rows(pods, 1)).toBe('10|55');
});

test('a pod that was promoted by hand and is then declared hands over later, even where it is killed before it knows of that', async () => {
  const { pods, writers } = await written(one);
  await writers.stop();
  await promote(pods, 1);
  await pods.restart(1);
  await says(pods, 1, 'stale-primary: ');
  await pods.killPod(0);
  pods.declare({ primary: 1 });
  await pods.restart(1);
  await pods.waitFor(async () => (await pods.sql(1, 'SELECT pg_is_in_recovery()')) === 'f', { timeout: PATIENCE, what: 'a primary 1' });
  expect(readFileSync(join(pods.claim(1), 'cdk8s-postgres.identity'), 'utf8')).toMatch(/^origin=promoted$/m);
  await pods.startPod(0);
  await settled(pods);
  pods.withhold(1);
  pods.declare({ primary: 0 });
  await pods.killPod(1);
  pods.deliver(1);
  await pods.startPod(1);
  await settled(pods);
});

test('a fence that nobody comes back for ends after five minutes, where the declared primary is there', async () => {
  const pods = await streaming(one);
  const begin = logsNow(pods);
  await makeSlot(pods, 2, 'fenced_t1_by_1');
  await says(pods, 2, 'fenced: receives from orders-db-1.orders-db-headless only', begin);
  await stays(pods, [0]);
  expect(hasSlot(pods, 2, 'fenced_t1_by_1')).toBe(true);
  const before = Date.now() / 1000 - 301;
  utimesSync(join(pods.claim(2), '17/docker/pg_replslot/fenced_t1_by_1'), before, before);
  await pods.waitFor(() => !hasSlot(pods, 2, 'fenced_t1_by_1'), { timeout: PATIENCE, what: 'a fence that is over' });
  await settled(pods);
});

test('a standby that another one follows which has more stops at once: no confirmation is waited for that never comes', async () => {
  const pods = await streaming(one, {}, { change: (pod) => ({ ...pod, env: { ...pod.env, PGSTS_STOP_SECONDS: '20' } }) });
  pods.cut(0, 1);
  await write(pods, 10);
  const end = await pods.sql(0, 'SELECT pg_current_wal_lsn()');
  await pods.waitFor(async () => await pods.sql(2, `SELECT pg_last_wal_receive_lsn() >= '${end.trim()}'`) === 't', { timeout: PATIENCE, what: 'a pod 2 that has all' });
  await pods.killPod(0);
  pods.declare({ primary: 1 });
  await pods.restartContainer(2);
  const follows = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND flush_lsn > pg_last_wal_replay_lsn()";
  await pods.waitFor(async () => await pods.sql(1, follows) === '1', { timeout: PATIENCE, what: 'a pod 2 that follows pod 1 and has more' });
  const old = pods.pod(1);
  await pods.restart(1);
  expect(old.logs()).toContain('supervisor: the server has stopped with status 0');
  expect(old.logs()).not.toContain('now an immediate one');
  await pods.startPod(0);
  await settled(pods);
  for (const ordinal of pods.ordinals) expect([ordinal, await rows(pods, ordinal)]).toEqual([ordinal, '10|55']);
});
