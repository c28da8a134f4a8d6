import { readdirSync } from 'node:fs';
import { Size } from 'cdk8s';
import { begun, state } from './fixture';
import { cluster, hurry, passwords, ready, rows, self, slots, streaming, unready, write, writeSegments } from './replicas-fixture';
import { Replication } from '../../src';
import { Cluster } from '../support/cluster';
import { Pod } from '../support/pod';
import { servers } from '../support/servers';

jest.setTimeout(600_000);

const server = servers[servers.length - 1];
const limits = Replication.asynchronous({ slotLimit: Size.mebibytes(64), maximumLag: Size.mebibytes(16) });
const pause = async (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Whom the primary knows to be streaming. */
async function streams(pods: Cluster): Promise<string> {
  return pods.sql(0, "SELECT application_name FROM pg_stat_replication WHERE state = 'streaming' ORDER BY 1");
}

async function everywhere(pods: Cluster): Promise<string[]> {
  await pods.waitForStreaming({ timeout: 180_000 });
  return Promise.all(pods.ordinals.map(async (ordinal) => rows(pods, ordinal)));
}

/** The containers' first processes and the servers' start times: what a fault of the network must not change. */
async function lives(pods: Cluster): Promise<string[]> {
  return Promise.all(pods.ordinals.map(async (ordinal) => `${pods.pod(ordinal).hostPid} since ${(await self(pods, ordinal)).since}`));
}

async function alive(pods: Cluster): Promise<void> {
  for (const ordinal of pods.ordinals) expect([ordinal, await pods.probe(ordinal, 'liveness')]).toEqual([ordinal, { status: 0, text: '' }]);
}

afterEach(async () => Pod.endAll());

test('fault 31: a primary that is cut off goes on, its replicas answer who reads, and all of it heals without a restart', async () => {
  const pods = await streaming(server);
  await write(pods, 10);
  await pods.waitForStreaming();
  const before = await lives(pods);
  pods.cut(0);
  await write(pods, 10);
  // longer than it takes both sides to give the connection up
  await pods.waitFor(async () => await streams(pods) === '', { timeout: 90_000, what: 'a primary that knows it' });
  await pause(20_000);
  for (const ordinal of [1, 2]) {
    expect([await rows(pods, ordinal), (await self(pods, ordinal)).standby]).toEqual(['10|55', true]);
    await ready(pods, ordinal);
  }
  await alive(pods);
  pods.heal(0);
  expect(await everywhere(pods)).toEqual(['20|210', '20|210', '20|210']);
  expect(await lives(pods)).toEqual(before);
});

test('faults 31 and 24: a replica that is cut from the primary alone is missed there, although its own lag formula says nothing', async () => {
  const pods = await streaming(server);
  await write(pods, 10);
  await pods.waitForStreaming();
  pods.cut(0, 1);
  await write(pods, 10);
  await pods.waitFor(async () => await streams(pods) === 'orders-db-2', { timeout: 90_000, what: 'a primary that misses one' });
  expect(await slots(pods)).toEqual(['pod_1|f|reserved', 'pod_2|t|reserved']);
  const formula = 'SELECT CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0 ELSE extract(epoch FROM now() - pg_last_xact_replay_timestamp()) END';
  expect([await pods.sql(1, formula), await rows(pods, 1)]).toEqual(['0', '10|55']);
  pods.heal(0, 1);
  expect(await everywhere(pods)).toEqual(['20|210', '20|210', '20|210']);
});

test('fault 24: a replica that the primary turns away while it answers leaves the read Service until it streams again', async () => {
  const pods = await streaming(server);
  await write(pods, 10);
  await ready(pods, 1);
  await pods.sql(0, "ALTER ROLE replicator PASSWORD 'another'; SELECT pg_terminate_backend(pid) FROM pg_stat_replication");
  await write(pods, 10);
  for (const ordinal of [1, 2]) await unready(pods, ordinal, 'not-streaming');
  expect(await rows(pods, 1)).toBe('10|55');
  await ready(pods, 0);
  await pods.sql(0, `ALTER ROLE replicator PASSWORD $p$${passwords.replicationPassword}$p$`);
  expect(await everywhere(pods)).toEqual(['20|210', '20|210', '20|210']);
  for (const ordinal of [1, 2]) await ready(pods, ordinal);
  for (const ordinal of [1, 2]) expect(pods.pod(ordinal).logs()).not.toContain(': clone: wal-gone');
});

test('fault 27: a replica that is too far behind leaves the read Service and stays alive, until it has caught up', async () => {
  const pods = await streaming(server, { replication: limits });
  await write(pods, 10);
  for (const ordinal of [1, 2]) await ready(pods, ordinal);
  await pods.sql(1, 'SELECT pg_wal_replay_pause()');
  await writeSegments(pods, 3);
  await unready(pods, 1, 'lagging');
  await ready(pods, 2);
  await pods.sql(1, 'SELECT pg_wal_replay_resume()');
  await ready(pods, 1);
  expect(await everywhere(pods)).toEqual(['10|55', '10|55', '10|55']);
});

test('fault 23: a running replica whose slot overflowed while it was cut off copies the database anew by itself', async () => {
  const pods = await streaming(server, { replication: limits });
  await write(pods, 10);
  await pods.waitForStreaming();
  const container = pods.pod(1).hostPid;
  pods.cut(1);
  await pods.waitFor(async () => await streams(pods) === 'orders-db-2', { timeout: 90_000, what: 'a primary that misses one' });
  await writeSegments(pods, 14);
  await write(pods, 10);
  expect(await slots(pods)).toEqual(['pod_1|f|lost', 'pod_2|t|reserved']);
  pods.heal(1);
  await unready(pods, 1, 'not-streaming', 90_000);
  await hurry(pods, 1);
  await pods.waitForStreaming({ timeout: 240_000 });
  expect(await everywhere(pods)).toEqual(['20|210', '20|210', '20|210']);
  expect(pods.pod(1).logs()).toContain(': clone: wal-gone: ');
  expect(pods.pod(1).hostPid).toBe(container);
  expect(await slots(pods)).toEqual(['pod_1|t|reserved', 'pod_2|t|reserved']);
  await ready(pods, 1);
});

test('fault 32: a replica that no name server answers keeps streaming, serves again after a restart, and follows when names are back', async () => {
  const pods = await streaming(server);
  await write(pods, 10);
  await pods.waitForStreaming();
  pods.cutNames(1);
  await write(pods, 10);
  await pods.waitForStreaming();
  await begun(pods.pod(1), async () => pods.restartContainer(1));
  await state(pods.pod(1), 'running', '', 120_000);
  const container = pods.pod(1).hostPid;
  await write(pods, 10);
  expect(await rows(pods, 1)).toBe('20|210');
  await pause(10_000);
  await alive(pods);
  pods.healNames(1);
  expect(await everywhere(pods)).toEqual(['30|465', '30|465', '30|465']);
  expect(pods.pod(1).hostPid).toBe(container);
  expect(pods.pod(1).ending).toBeUndefined();
});

test('fault 33: pods whose names are unknown for a minute wait, and one of them initialises', async () => {
  const pods = await cluster(server, {}, { start: [] });
  for (const ordinal of [0, 1, 2]) pods.hide(ordinal);
  await Promise.all([2, 1, 0].map(async (ordinal) => pods.startPod(ordinal)));
  const start = Date.now();
  for (const ordinal of [1, 2]) await state(pods.pod(ordinal), 'waiting', 'no-primary', 60_000);
  while (Date.now() - start < 60_000) {
    for (const ordinal of [1, 2]) expect(readdirSync(pods.claim(ordinal))).not.toContain(String(server.major));
    await pause(2_000);
  }
  await alive(pods);
  for (const ordinal of [0, 1, 2]) pods.show(ordinal);
  await pods.waitForStreaming({ timeout: 120_000 });
  await write(pods, 10);
  expect(await everywhere(pods)).toEqual(['10|55', '10|55', '10|55']);
  expect(pods.ordinals.filter((ordinal) => pods.pod(ordinal).logs().includes(' prepare: initialising'))).toEqual([0]);
});

test('fault 33: a primary whose own name is late to its replicas serves, and they follow it when the name is there', async () => {
  const pods = await streaming(server);
  await write(pods, 10);
  await pods.waitForStreaming();
  pods.hide(0);
  await pods.restart(0);
  await state(pods.pod(0), 'running', '', 120_000);
  await write(pods, 10);
  await pause(15_000);
  for (const ordinal of [1, 2]) {
    expect(await rows(pods, ordinal)).toBe('10|55');
    await ready(pods, ordinal);
  }
  pods.show(0);
  expect(await everywhere(pods)).toEqual(['20|210', '20|210', '20|210']);
});
