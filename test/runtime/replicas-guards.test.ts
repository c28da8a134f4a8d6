import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { currentState, state } from './fixture';
import { makeRecoveryLong } from './held-fixture';
import { declarePrimary, foreignClaim, insert, keptAside, promote, succeeded, SURVIVING } from './promotion-fixture';
import { cluster, passwords, ready, rows, self, streaming, synthesize, write } from './replicas-fixture';
import { Credentials } from '../../src';
import { Cluster } from '../support/cluster';
import { Pod } from '../support/pod';
import { server } from '../support/servers';

jest.setTimeout(900_000);

const one = server(17);
const pause = async (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** What makes a pod wait, for good: the same after ten seconds, alive, without a server, and told by readiness. */
async function waits(pods: Cluster, ordinal: number, reason: string): Promise<string> {
  const told = await state(pods.pod(ordinal), 'waiting', new RegExp(`^${reason}: `), 120_000);
  await pause(10_000);
  expect(await currentState(pods.pod(ordinal))).toEqual({ state: 'waiting', reason: told });
  expect(await pods.probe(ordinal, 'startup')).toEqual({ status: 0, text: '' });
  expect(await pods.probe(ordinal, 'liveness')).toEqual({ status: 0, text: '' });
  expect(await pods.readiness(ordinal)).toEqual({ status: 1, text: `waiting: ${told}` });
  expect(pods.pod(ordinal).processes().filter(({ name }) => name === 'postgres')).toEqual([]);
  return told;
}

/** The processes of a pod's server that write, stopped; continue them with SIGCONT. */
function signalServer(pod: Pod, titles: RegExp, signal: NodeJS.Signals): number {
  const found = pod.processes().filter(({ command }) => titles.test(command.join(' ')));
  for (const { hostPid } of found) process.kill(hostPid, signal);
  return found.length;
}

/** Asks a probe every second for that long; all answers that are not good. */
async function failures(pods: Cluster, ordinal: number, kind: 'startup' | 'liveness', seconds: number): Promise<string[]> {
  const bad: string[] = [];
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await pause(1000)) {
    const { status, text } = await pods.probe(ordinal, kind);
    if (status !== 0) bad.push(text);
  }
  return bad;
}

afterEach(async () => Pod.endAll());

test('fault 11: a declared primary whose claim was deleted initialises nothing, and clones what a replica has once that is declared', async () => {
  const pods = await streaming(one);
  await write(pods, 10);
  await pods.waitForStreaming();
  await pods.stopPod(0);
  pods.deleteClaim(0);
  await pods.startPod(0);
  await waits(pods, 0, 'lost-primary');
  expect(readdirSync(pods.claim(0))).not.toContain(String(one.major));
  for (const ordinal of [1, 2]) {
    expect(await rows(pods, ordinal)).toBe('10|55');
    await ready(pods, ordinal);
  }
  await promote(pods, 1);
  await declarePrimary(pods, 1);
  await insert(pods, 1, 101, 110);
  await pods.restart(2);
  await pods.waitForStreaming({ timeout: 180_000 });
  for (const ordinal of pods.ordinals) expect([ordinal, await rows(pods, ordinal)]).toEqual([ordinal, SURVIVING]);
  expect(pods.pod(0).logs()).toContain(' prepare: clone: no-copy: ');
});

test('fault 13: a declared pod that others have left behind on its timeline writes nothing, and heals when the newer one is declared', async () => {
  const pods = await succeeded(one);
  await pods.waitForStreaming({ ordinals: [2] });
  await pods.killPod(1);
  pods.declare({ primary: 0 });
  await pods.startPod(0);
  await waits(pods, 0, 'superseded');
  expect(pods.pod(0).logs()).toContain('; ahead: orders-db-2 (timeline 2)');
  expect(await rows(pods, 2)).toBe(SURVIVING);
  pods.declare({ primary: 1 });
  await pods.startPod(1);
  await pods.waitForStreaming({ timeout: 180_000 });
  for (const ordinal of pods.ordinals) expect([ordinal, await rows(pods, ordinal)]).toEqual([ordinal, SURVIVING]);
});

test('fault 14: while two primaries are to be seen a replica and a new pod refuse; the one that is not on the history of the other stays out', async () => {
  const pods = await streaming(one);
  await write(pods, 10);
  await pods.waitForStreaming();
  await promote(pods, 1);
  await pods.restart(2);
  await waits(pods, 2, 'two-primaries');
  await pods.stopPod(2);
  pods.deleteClaim(2);
  await pods.startPod(2);
  await waits(pods, 2, 'two-primaries');
  expect(readdirSync(pods.claim(2))).not.toContain(String(one.major));
  // readers are not sent to a server that somebody promoted
  await pods.waitFor(async () => (await pods.readiness(1)).text.startsWith('promoted: '), { what: 'a promoted replica that is not ready' });
  await ready(pods, 0);
  await pods.killPod(1);
  await pods.waitForStreaming({ ordinals: [2], timeout: 120_000 });
  await pods.startPod(1);
  await waits(pods, 1, 'stale-primary');
  expect(keptAside(pods, 1)).toEqual({ copies: [], wal: [] });
  await pods.stopPod(1);
  pods.deleteClaim(1);
  await pods.startPod(1);
  await pods.waitForStreaming({ timeout: 120_000 });
  expect(await rows(pods, 1)).toBe('10|55');
});

describe('fault 15: a volume with another database of the same name', () => {
  /** Puts it in the place of a claim's files while the pod is away. */
  async function replaceVolume(pods: Cluster, ordinal: number, foreign: string): Promise<void> {
    await pods.stopPod(ordinal);
    const claim = pods.claim(ordinal);
    for (const name of readdirSync(claim)) rmSync(join(claim, name), { recursive: true });
    execFileSync('cp', ['-a', `${foreign}/.`, claim]);
    await pods.startPod(ordinal);
  }

  test('is refused and left alone under a replica, and under the declared primary', async () => {
    const foreign = await foreignClaim(one);
    const pods = await streaming(one);
    await write(pods, 10);
    await pods.waitForStreaming();
    for (const ordinal of [1, 0]) {
      await replaceVolume(pods, ordinal, foreign);
      await waits(pods, ordinal, 'other-system');
      const same = await pods.pod(ordinal).exec(['bash', '-c', 'test ! -e "$PGDATA/standby.signal" && pg_controldata | grep "cluster state"']);
      expect([ordinal, same.stdout]).toEqual([ordinal, expect.stringMatching(/: +shut down\n$/)]);
      expect(readdirSync(join(pods.claim(ordinal), String(one.major)))).toEqual(['docker']);
    }
    expect(await rows(pods, 2)).toBe('10|55');
    await ready(pods, 2);
    // alone it would be what its volume says: it is whole
    await pods.killPod(2);
    await ready(pods, 0, 90_000);
    expect(await pods.sql(0, 'SELECT id FROM somebody_elses')).toBe('1');
  });
});

describe('fault 16: a replication password that was changed on one side', () => {
  const changed = { ...passwords, replicationPassword: 'changed' };
  const withSecret = (secret: typeof passwords) => synthesize(one, { credentials: Credentials.unsafePlainText(secret) });

  test('makes no second primary of the one that returns, and heals when the Secret reaches its pod', async () => {
    const pods = await streaming(one);
    await write(pods, 10);
    await pods.waitForStreaming();
    await pods.killPod(0);
    await promote(pods, 1);
    await insert(pods, 1, 101, 110);
    await pods.sql(1, "ALTER ROLE replicator PASSWORD 'changed'");
    await pods.stopPod(2);
    await pods.startPod(0);
    const told = await waits(pods, 0, 'peer-unknown');
    expect(told).toContain('refusing: orders-db-1');
    await pause(15_000);
    expect((await currentState(pods.pod(0))).reason).toBe(told);
    pods.apply(withSecret(changed));
    await pods.waitFor(async () => (await self(pods, 0)).standby, { timeout: 120_000, what: 'an old primary that follows' });
    pods.declare({ primary: 1 });
    await pods.waitForStreaming({ ordinals: [0], timeout: 90_000 });
    expect([await rows(pods, 0), await rows(pods, 1)]).toEqual([SURVIVING, SURVIVING]);
  });

  test('on a running primary only interrupts nothing that streams, and all follow once the Secret is changed', async () => {
    const pods = await streaming(one);
    await write(pods, 10);
    pods.apply(withSecret(changed));
    await pods.waitFor(async () => (await pods.pod(1).exec(['cat', '/run/cdk8s-postgres/replication-passfile'])).stdout === '*:*:*:replicator:changed\n',
      { timeout: 60_000, what: 'the new password in the file of a replica' });
    await write(pods, 10);
    await pods.waitForStreaming();
    // what a new connection asks for is the new one
    await pods.sql(0, 'SELECT pg_terminate_backend(pid) FROM pg_stat_replication');
    await write(pods, 10);
    await pods.waitForStreaming({ timeout: 90_000 });
    for (const ordinal of pods.ordinals) expect([ordinal, await rows(pods, ordinal)]).toEqual([ordinal, '30|465']);
    for (const ordinal of [1, 2]) expect(pods.pod(ordinal).logs()).not.toMatch(/ prepare: (clone|rejoin): /);
  });

  test('on replicas whose primary is away does not keep it away for ever', async () => {
    const pods = await streaming(one, { instances: 2 });
    await write(pods, 10);
    await pods.waitForStreaming();
    await pods.stopPod(0);
    pods.apply(synthesize(one, { instances: 2, credentials: Credentials.unsafePlainText(changed) }));
    await pods.startPod(0);
    await waits(pods, 0, 'peer-unknown');
    // as if the first 170 of the 180 s were over
    const earlier = 'read -r situation since last <waited; echo "$situation $((since - 170)) $last" >waited.earlier; mv waited.earlier waited';
    expect((await pods.pod(0).exec(['bash', '-c', `cd /run/cdk8s-postgres && ${earlier}`])).status).toBe(0);
    await pods.waitForStreaming({ timeout: 300_000 });
    expect(await self(pods, 0)).toMatchObject({ standby: false, timeline: 1 });
    expect([await rows(pods, 0), await rows(pods, 1)]).toEqual(['10|55', '10|55']);
  });
});

test('fault 22: scaled below the declared primary, what is left reads and waits, nobody promotes, and all follow when it is back', async () => {
  const pods = await streaming(one);
  await write(pods, 10);
  await pods.waitForStreaming();
  await pods.stopPod(0);
  await promote(pods, 2);
  await declarePrimary(pods, 2);
  await pods.restart(1);
  await pods.startPod(0);
  await pods.waitForStreaming({ timeout: 180_000 });
  await pods.scale(1);
  await pods.restart(0);
  await state(pods.pod(0), 'running', '', 90_000);
  expect(await self(pods, 0)).toMatchObject({ standby: true });
  expect(await rows(pods, 0)).toBe('10|55');
  await expect(pods.sql(0, 'INSERT INTO kept VALUES (0)')).rejects.toThrow('read-only transaction');
  await ready(pods, 0);
  await pods.scale(3);
  await insertWhenServing(pods);
  await pods.waitForStreaming({ timeout: 180_000 });
  for (const ordinal of pods.ordinals) expect([ordinal, await rows(pods, ordinal)]).toEqual([ordinal, SURVIVING]);
});

async function insertWhenServing(pods: Cluster): Promise<void> {
  await ready(pods, pods.primary, 120_000);
  await insert(pods, pods.primary, 101, 110);
}

describe('fault 34: storage that stalls for 15 seconds', () => {
  test.each([['the primary', 0], ['a replica', 1]] as const)('under %s fails no liveness probe and loses nothing', async (_, ordinal) => {
    const pods = await streaming(one, { instances: 2 });
    await write(pods, 10);
    await pods.waitForStreaming();
    const before = await self(pods, ordinal);
    const writers = /postgres: (\S+: )?(checkpointer|background writer|walwriter|startup|walreceiver|walsender)/;
    expect(signalServer(pods.pod(ordinal), writers, 'SIGSTOP')).toBeGreaterThanOrEqual(3);
    expect(await failures(pods, ordinal, 'liveness', 15)).toEqual([]);
    signalServer(pods.pod(ordinal), writers, 'SIGCONT');
    await write(pods, 10);
    await pods.waitForStreaming({ timeout: 90_000 });
    expect((await self(pods, ordinal)).since).toBe(before.since);
    expect([await rows(pods, 0), await rows(pods, 1)]).toEqual(['20|210', '20|210']);
  });
});

test('a declared primary waits for a peer that starts, which could be one, and not for ever', async () => {
  const pods = await streaming(one, { instances: 2 });
  await write(pods, 10);
  await makeRecoveryLong(pods);
  for (const ordinal of pods.ordinals) await pods.killPod(ordinal);
  const starting = await pods.startPod(1);
  const title = /postgres: (\S+: )?startup/;
  await starting.waitFor(() => starting.processes().some(({ command }) => title.test(command.join(' '))), { timeout: 60_000, what: 'a recovery' });
  signalServer(starting, title, 'SIGSTOP');
  await state(await pods.startPod(0), 'waiting', 'peer-starting', 60_000);
  await ready(pods, 0, 60_000);
  signalServer(starting, title, 'SIGCONT');
  await pods.waitForStreaming({ timeout: 120_000 });
  expect([await rows(pods, 0), await rows(pods, 1)]).toEqual(['10|55', '10|55']);
});

describe('fault 35: no probe ends', () => {
  test('a replica that recovers for longer than any heartbeat may be old', async () => {
    const pods = await streaming(one, { instances: 2 });
    await write(pods, 10);
    await makeRecoveryLong(pods);
    await pods.killPod(1);
    const pod = await pods.startPod(1);
    const startup = await pod.waitFor(() => pod.processes().find(({ command }) => /postgres: (\S+: )?startup/.test(command.join(' '))), { timeout: 60_000, what: 'a recovery' });
    process.kill(startup.hostPid, 'SIGSTOP');
    const recovering = (await currentState(pod)).state;
    expect(['recovering', 'running']).toContain(recovering);
    expect(await failures(pods, 1, 'startup', 20)).toEqual([]);
    expect(await failures(pods, 1, 'liveness', 25)).toEqual([]);
    process.kill(startup.hostPid, 'SIGCONT');
    await pods.waitForStreaming({ timeout: 90_000 });
    await ready(pods, 1);
  });

  test('a clone that lasts longer than any heartbeat may be old, and it is not ready before it streams', async () => {
    const pods = await cluster(one, { instances: 2 });
    const pod = pods.pod(1);
    const copying = await pod.waitFor(() => pod.processes().find(({ name }) => name === 'pg_basebackup'), { timeout: 120_000, what: 'a clone' });
    process.kill(copying.hostPid, 'SIGSTOP');
    await state(pod, 'cloning');
    expect(await failures(pods, 1, 'startup', 20)).toEqual([]);
    expect(await failures(pods, 1, 'liveness', 25)).toEqual([]);
    expect(await pods.readiness(1)).toEqual({ status: 1, text: expect.stringMatching(/^cloning: copies the database from orders-db-0\./) });
    process.kill(copying.hostPid, 'SIGCONT');
    await pods.waitForStreaming({ timeout: 120_000 });
    await ready(pods, 1);
  });
});
