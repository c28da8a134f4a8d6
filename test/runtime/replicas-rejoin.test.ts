import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Size } from 'cdk8s';
import { currentState, state } from './fixture';
import { diverged, insert, keptAside, keptTransactions, loseTail, promote, succeeded, SURVIVING, TAIL } from './promotion-fixture';
import { filled, hurry, ready, rows, self, slots, streaming, write, writeSegments } from './replicas-fixture';
import { failOver, moveTo, PATIENCE } from './switchover-fixture';
import { Divergence, Replication, Storage } from '../../src';
import { Cluster } from '../support/cluster';
import { Pod, temporaryClaim } from '../support/pod';
import { server, servers } from '../support/servers';

jest.setTimeout(900_000);

const one = server(17);
const table = servers.map((each) => [String(each), each] as const);
const pause = async (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Has pod 0 come back beside pod 1, which is declared now, and waits until it streams. */
async function comeBack(pods: Cluster): Promise<Pod> {
  pods.declare({ primary: 1 });
  const pod = await pods.startPod(0);
  await pods.waitForStreaming({ ordinals: [0], timeout: 180_000 });
  return pod;
}

/** A former primary that follows: what it alone had is gone, and it holds no WAL back for the slots that it had. */
async function expectFollower(pods: Cluster, expected = SURVIVING): Promise<void> {
  expect([await rows(pods, 0), await rows(pods, 1)]).toEqual([expected, expected]);
  expect(await self(pods, 0)).toMatchObject({ standby: true });
  expect(await pods.sql(0, 'SELECT count(*) FROM pg_replication_slots')).toBe('0');
  expect(await slots(pods)).toEqual(['pod_0|t|reserved']);
  expect(existsSync(join(pods.claim(0), '.rejoining'))).toBe(false);
  expect(pods.pod(0).logs()).not.toContain('start-primary');
}

/** The process of a pod's server whose title says that. */
function serverProcess(pod: Pod, title: RegExp): number | undefined {
  return pod.processes().find(({ command }) => title.test(command.join(' ')))?.hostPid;
}

/** The program of that name in a pod, stopped as soon as it is there. */
async function stopped(pod: Pod, name: string): Promise<number> {
  const found = await pod.waitFor(() => pod.processes().find((process) => process.name === name), { timeout: 90_000, what: name });
  process.kill(found.hostPid, 'SIGSTOP');
  return found.hostPid;
}

/** Has a replica's server run without its standby.signal and write, while the supervisor keeps its hands off. */
async function writeBehind(pods: Cluster, ordinal: number): Promise<void> {
  const pod = pods.pod(ordinal);
  const hold = '/var/lib/postgresql/cdk8s-postgres.hold';
  expect((await pod.exec(['touch', hold])).status).toBe(0);
  await state(pod, 'held');
  const { status, stderr } = await pod.exec(['bash', '-c', `set -e
    rm "$PGDATA/standby.signal"
    pg_ctl -D "$PGDATA" -w -l /tmp/log -o '-c listen_addresses= -c unix_socket_directories=/tmp' \\
      -o '-c config_file=/etc/cdk8s-postgres/settings/postgresql.conf' start >/dev/null
    psql -X -q -h /tmp -U postgres -d postgres -v ON_ERROR_STOP=1 -c 'INSERT INTO kept SELECT generate_series(1001, 6000)'
    pg_ctl -D "$PGDATA" -w -m fast stop >/dev/null`]);
  expect([status, stderr]).toEqual([0, '']);
  expect((await pod.exec(['rm', hold])).status).toBe(0);
}

afterEach(async () => Pod.endAll());

describe.each(table)('%s: an old primary returns', (_, each) => {
  test('faults 8 and 18: beside its successor it is rewound although it is still declared, and what it alone had is kept with a summary', async () => {
    const pods = await diverged(each);
    await pods.sql(1, 'CHECKPOINT');
    const pod = await pods.startPod(0);
    await pods.waitFor(() => pod.logs().includes(' the copy was rewound and follows '), { timeout: 120_000, what: 'the end of the rewind' });
    pods.declare({ primary: 1 });
    await pods.waitForStreaming({ ordinals: [0], timeout: 60_000 });
    await expectFollower(pods);
    expect(pod.logs()).toContain(' prepare: rejoin: diverged: ');
    expect(pod.logs()).not.toContain(' prepare: clone: ');
    const { wal, copies } = keptAside(pods, 0);
    expect([wal.length, copies]).toEqual([1, []]);
    const summary = readFileSync(join(wal[0], 'summary'), 'utf8');
    expect(summary).toMatch(/^database=orders-db\/\d+\ntimeline=1\nprimary_timeline=2\nforked_at=[0-9A-F]+\/[0-9A-F]+\ncommitted_transactions=\d+\n$/);
    expect(await keptTransactions(each, wal[0])).toBeGreaterThanOrEqual(25);
    expect(pod.logs()).toContain('the WAL that only this copy has is kept in /var/lib/postgresql/diverged-');
    await ready(pods, 0);
  });

  test('fault 20: before the first checkpoint of its successor it waits, and is then really rewound', async () => {
    const pods = await streaming(each, { instances: 2 });
    await write(pods, 10);
    await pods.waitForStreaming();
    await loseTail(pods);
    const checkpointer = serverProcess(pods.pod(1), /checkpointer/)!;
    process.kill(checkpointer, 'SIGSTOP');
    await promote(pods, 1);
    await insert(pods, 1, 101, 110);
    expect(await self(pods, 1)).toMatchObject({ standby: false, timeline: 1 });
    const pod = await pods.startPod(0);
    await state(pod, 'waiting', 'source-checkpoint', 90_000);
    expect(existsSync(join(pods.claim(0), '.rejoining'))).toBe(false);
    process.kill(checkpointer, 'SIGCONT');
    pods.declare({ primary: 1 });
    await pods.waitForStreaming({ ordinals: [0], timeout: 120_000 });
    await expectFollower(pods);
    expect(pod.logs()).not.toContain('no rewind required');
    expect(pod.logs()).not.toContain(' prepare: clone: ');
  });
});

test('fault 8: a clean end before the fork needs no rewind, and nothing is set aside', async () => {
  const pods = await streaming(one, { instances: 2 });
  await write(pods, 10);
  // the end of a pod waits for its replicas to have everything
  await pods.stopPod(0);
  await promote(pods, 1);
  await insert(pods, 1, 101, 110);
  const pod = await comeBack(pods);
  await expectFollower(pods);
  expect(pod.logs()).toContain(' prepare: start-standby: follow: ');
  expect(keptAside(pods, 0)).toEqual({ copies: [], wal: [] });
});

test('fault 18: where cloning is declared the old copy is kept whole, and a second one beside it is refused until somebody takes the first away', async () => {
  const pods = await diverged(one, { replication: Replication.asynchronous({ onDivergence: Divergence.CLONE }) });
  const pod = await comeBack(pods);
  await expectFollower(pods);
  expect(pod.logs()).toContain(' prepare: clone: diverged: ');
  const { copies, wal } = keptAside(pods, 0);
  expect([copies.length, wal]).toEqual([1, []]);
  expect(copies[0]).toMatch(/\/docker\.diverged-\d{8}T\d{6}Z$/);
  expect(existsSync(join(copies[0], 'global/pg_control'))).toBe(true);
  await writeBehind(pods, 0);
  const reason = await state(pod, 'waiting', 'set-aside', 90_000);
  expect(reason).toContain(copies[0].replace(pods.claim(0), '/var/lib/postgresql'));
  expect(reason).toContain('see docs/runbooks/replicas.md');
  expect(await rows(pods, 1)).toBe(SURVIVING);
  expect((await pod.exec(['rm', '-rf', copies[0].replace(pods.claim(0), '/var/lib/postgresql')])).status).toBe(0);
  await pods.waitForStreaming({ ordinals: [0], timeout: 120_000 });
  await expectFollower(pods);
  expect(keptAside(pods, 0).copies).toHaveLength(1);
});

test('fault 18: where halting is declared the old primary stays down with all of its data and says why', async () => {
  const pods = await diverged(one, { replication: Replication.asynchronous({ onDivergence: Divergence.HALT }) });
  const pod = await pods.startPod(0);
  const reason = await state(pod, 'waiting', 'diverged', 90_000);
  expect(reason).toContain('docs/runbooks/replicas.md');
  await pause(10_000);
  expect(await currentState(pod)).toEqual({ state: 'waiting', reason });
  expect(await pods.probe(0, 'liveness')).toEqual({ status: 0, text: '' });
  expect(await pods.readiness(0)).toEqual({ status: 1, text: `waiting: ${reason}` });
  expect(keptAside(pods, 0)).toEqual({ copies: [], wal: [] });
  // nothing was touched: alone again, it has all that it had
  await pods.killPod(0);
  await pods.killPod(1);
  await pods.startPod(0);
  await ready(pods, 0, 90_000);
  expect(await rows(pods, 0)).toBe(TAIL);
});

test('fault 18: a rewind that lacks the WAL before the fork is given up, and the database is copied anew', async () => {
  const limits = Replication.asynchronous({ slotLimit: Size.mebibytes(64), maximumLag: Size.mebibytes(32) });
  const pods = await streaming(one, { instances: 2, replication: limits });
  await write(pods, 10);
  await pods.waitForStreaming();
  pods.cut(1);
  await insert(pods, 0, 11, 35);
  // a sender that is ended while it sends into the void would hold the next checkpoint up
  const followers = async () => pods.sql(0, 'SELECT count(*) FROM pg_stat_replication');
  await pods.waitFor(async () => await followers() === '0', { timeout: 90_000, what: 'a primary that misses its replica' });
  await writeSegments(pods, 14);
  await pods.killPod(0);
  pods.heal(1);
  await promote(pods, 1);
  await insert(pods, 1, 101, 110);
  const pod = await comeBack(pods);
  await expectFollower(pods);
  expect(pod.logs()).toContain(' the rewind failed, the log above says why: the database is copied anew');
  expect(pod.logs()).toContain(' prepare: clone: unfinished-rejoin: ');
  expect(keptAside(pods, 0).copies).toHaveLength(1);
});

test.each(table)('%s, fault 18: an old primary keeps the log between the last common checkpoint and the fork, which its successor has dropped', async (_, each) => {
  const pods = await streaming(each, { instances: 2 });
  await write(pods, 10);
  // no checkpoint, so that the last common one stays behind
  for (let i = 0; i < 3; i += 1) await pods.sql(0, "SELECT FROM pg_logical_emit_message(true, 'test', 'filled');\nSELECT pg_switch_wal();");
  await pods.waitForStreaming();
  await loseTail(pods);
  await promote(pods, 1);
  await insert(pods, 1, 101, 110);
  for (let i = 0; i < 2; i += 1) await pods.sql(1, 'CHECKPOINT');
  const pod = await comeBack(pods);
  await expectFollower(pods);
  expect(pod.logs()).toContain(' the copy was rewound and follows ');
  expect(pod.logs()).not.toContain(' prepare: clone: ');
});

test('with a volume for the log a former primary is rewound, a replica copied anew, and nothing of their work is left there', async () => {
  const pods = await diverged(one, { walStorage: Storage.persistent(Size.gibibytes(2)), parameters: { max_wal_size: '128MB', min_wal_size: '32MB' } });
  await pods.sql(1, 'CHECKPOINT');
  const pod = await comeBack(pods);
  await expectFollower(pods);
  expect(pod.logs()).toContain(' the copy was rewound and follows ');
  await pods.killPod(0);
  pods.deleteClaim(0);
  pods.deleteClaim(0, 'wal');
  await pods.startPod(0);
  await pods.waitForStreaming({ ordinals: [0], timeout: 120_000 });
  await expectFollower(pods);
  for (const ordinal of [0, 1]) expect(readdirSync(pods.claim(ordinal, 'wal'))).toEqual(['orders-db']);
});

test('a replica that lost its log before it is consistent, and whose primary has dropped it, is copied anew', async () => {
  const pods = await streaming(one, { instances: 2 });
  await write(pods, 10);
  await pods.waitForStreaming();
  for (let i = 0; i < 3; i += 1) await pods.sql(0, "SELECT FROM pg_logical_emit_message(true, 'test', 'filled');\nSELECT pg_switch_wal();");
  await pods.waitForStreaming();
  await pods.killPod(1);
  await pods.sql(0, 'CHECKPOINT');
  const wal = join(pods.claim(1), String(one.major), 'docker/pg_wal');
  for (const file of readdirSync(wal)) if (/^[0-9A-F]{24}$/.test(file)) rmSync(join(wal, file));
  const pod = await pods.startPod(1);
  await state(pod, 'recovering', undefined, 60_000);
  await hurry(pods, 1);
  await pods.waitForStreaming({ timeout: 240_000 });
  expect(pod.logs()).toContain(' prepare: clone: wal-gone: ');
  expect(await rows(pods, 1)).toBe('10|55');
});

test('a replica that was killed, and lacks the log that its new primary has dropped, leaves its copy aside: it may have what no other pod has', async () => {
  const pods = await streaming(one, { replication: Replication.asynchronous({ slotLimit: Size.mebibytes(64), maximumLag: Size.mebibytes(16) }) });
  await write(pods, 10);
  await pods.waitForStreaming();
  await pods.killPod(2);
  await moveTo(pods, 1);
  await writeSegments(pods, 14);
  const pod = await pods.startPod(2);
  await pods.waitForStreaming({ timeout: 240_000 });
  expect(pod.logs()).toContain(' prepare: clone: wal-gone: ');
  expect(readdirSync(join(pods.claim(2), String(one.major))).filter((name) => name.startsWith('docker.diverged-'))).toHaveLength(1);
  expect(await rows(pods, 2)).toBe('10|55');
});

/** Pod 2 has taken over from the primary by force, and pod `ordinal`, which has ended, has received 50 rows that pod 2 never had; it comes back. */
async function comeBackWithMore(pods: Cluster, ordinal: number, end = async () => pods.killPod(ordinal)): Promise<Pod> {
  pods.cut(2);
  await insert(pods, pods.primary, 11, 60);
  const received = `SELECT pg_last_wal_receive_lsn() >= '${await pods.sql(pods.primary, 'SELECT pg_current_wal_flush_lsn()')}'`;
  await pods.waitFor(async () => await pods.sql(ordinal, received) === 't', { timeout: PATIENCE, what: `a pod ${ordinal} that has received all` });
  await end();
  await pods.killPod(pods.primary);
  pods.heal(2);
  pods.declare({ primary: 2 });
  await pods.waitFor(async () => (await failOver(pods, 2, '--force')).status === 0, { timeout: PATIENCE, what: 'a failover to pod 2' });
  await insert(pods, 2, 101, 110);
  const pod = await pods.startPod(ordinal);
  await pods.waitForStreaming({ ordinals: [ordinal], timeout: 120_000 });
  expect([await rows(pods, ordinal), await rows(pods, 2)]).toEqual([SURVIVING, SURVIVING]);
  expect(pod.logs()).not.toContain('forked off current database system timeline');
  return pod;
}

test.each(table)('%s: a replica that was killed with what its new primary never had is rewound before it replays that', async (_, each) => {
  const pods = await filled(each);
  const pod = await comeBackWithMore(pods, 1);
  expect(pod.logs()).toContain(' prepare: rejoin: diverged: ');
  const { copies, wal } = keptAside(pods, 1);
  expect([copies.length, wal.length]).toEqual([0, 1]);
  expect(await keptTransactions(each, wal[0])).toBe(50);
});

test('a replica that was killed with what its new primary never had, on a timeline that its control file does not name yet, is copied anew', async () => {
  const pods = await streaming(one, { parameters: { bgwriter_lru_maxpages: '0' } });
  await write(pods, 10);
  await moveTo(pods, 1);
  const pod = await comeBackWithMore(pods, 0);
  expect(pod.logs()).toContain(' prepare: clone: diverged: ');
  const { copies, wal } = keptAside(pods, 0);
  expect([copies.length, wal.length]).toEqual([1, 0]);
});

test('a replica that was stopped before it had replayed what its new primary never had is copied anew, as no rewind would take that back', async () => {
  const pods = await filled(one);
  await pods.sql(1, 'SELECT pg_wal_replay_pause()');
  const pod = await comeBackWithMore(pods, 1, async () => pods.stopPod(1));
  expect(pod.logs()).toContain(' prepare: clone: diverged: ');
  expect(pod.logs()).not.toContain(' prepare: rejoin: ');
  const { copies, wal } = keptAside(pods, 1);
  expect([copies.length, wal.length]).toEqual([1, 0]);
});

test('fault 18: an old primary whose successor has dropped the log behind the fork ends as a new copy', async () => {
  const pods = await diverged(one);
  pods.declare({ primary: 1 });
  await writeSegments(pods, 14);
  const pod = await pods.startPod(0);
  await pods.waitForStreaming({ ordinals: [0], timeout: 300_000 });
  await expectFollower(pods);
  expect(pod.logs()).toMatch(/ prepare: clone: (diverged|wal-gone): /);
});

describe('fault 6: a rewind that is interrupted', () => {
  test('leaves a copy that waits while no primary is to be seen, although it is declared, and is copied anew beside one', async () => {
    const pods = await diverged(one);
    const pod = await pods.startPod(0);
    await stopped(pod, 'pg_rewind');
    expect(existsSync(join(pods.claim(0), '.rejoining'))).toBe(true);
    pod.kill9(1);
    await pod.exited;
    pods.cut(0);
    await pod.restart();
    await state(pod, 'waiting', 'unfinished-rejoin', 90_000);
    await pause(10_000);
    expect(pod.processes().filter(({ name }) => name === 'postgres')).toEqual([]);
    expect(await pods.probe(0, 'liveness')).toEqual({ status: 0, text: '' });
    pods.heal(0);
    pods.declare({ primary: 1 });
    await pods.waitForStreaming({ ordinals: [0], timeout: 120_000 });
    await expectFollower(pods);
    expect(pod.logs()).toContain(' prepare: clone: unfinished-rejoin: ');
    const { copies, wal } = keptAside(pods, 0);
    expect([copies.length, wal.length]).toEqual([1, 1]);
  });

  test('by a kill at its n-th command, for every second n, ends as a follower that has nothing of its own', async () => {
    let killAt: number | undefined;
    // each turn brings back the same old copy, which needs the log from the fork on
    const props = { parameters: { wal_keep_size: '1GB' } };
    const pods = await diverged(one, props, { change: (description, ordinal) => (ordinal === 0 ? { ...description, killAt } : description) });
    pods.declare({ primary: 1 });
    const before = temporaryClaim();
    execFileSync('cp', ['-a', `${pods.claim(0)}/.`, before]);
    killAt = 0;
    const counted = (await comeBack(pods)).commands();
    const first = counted.findIndex((command) => /^pg_waldump /.test(command));
    const last = counted.findIndex((command) => /^rm -f .*\/\.rejoining( |$)/.test(command)) + 2;
    expect([first > 0, last - first > 8]).toEqual([true, true]);
    for (killAt = first; killAt <= last; killAt += 2) {
      await pods.killPod(0);
      rmSync(pods.claim(0), { recursive: true });
      pods.deleteClaim(0);
      execFileSync('cp', ['-a', `${before}/.`, pods.claim(0)]);
      const pod = await pods.startPod(0);
      await pod.exited;
      expect([killAt, pod.reached]).toEqual([killAt, true]);
      await pod.restart();
      await pods.waitForStreaming({ ordinals: [0], timeout: 120_000 });
      await expectFollower(pods);
    }
    console.log(`killed at every second of ${last - first + 1} commands of a rejoin: ${counted.slice(first - 1, last).join(' | ')}`);
  });
});

describe('fault 7: a replica that lost its standby.signal', () => {
  test('and was not started follows as before', async () => {
    const pods = await streaming(one, { instances: 2 });
    await write(pods, 10);
    await pods.waitForStreaming();
    await pods.stopPod(1);
    const signal = join(pods.claim(1), String(one.major), 'docker/standby.signal');
    expect(existsSync(signal)).toBe(true);
    await pods.startPod(1).then(async (pod) => {
      await state(pod, 'running', '', 90_000);
      await pod.exec(['bash', '-c', 'rm "$PGDATA/standby.signal"']);
      await pods.restart(1);
    });
    await pods.waitForStreaming({ timeout: 90_000 });
    expect(await self(pods, 1)).toMatchObject({ standby: true, timeline: 1 });
    expect(pods.pod(1).logs()).toContain(' prepare: start-standby: follow: ');
    expect(existsSync(signal)).toBe(true);
  });

  test('and was written to on the timeline of its primary is never rewound but copied anew, and the copy is kept', async () => {
    const pods = await streaming(one, { instances: 2 });
    await write(pods, 10);
    await pods.waitForStreaming();
    const pod = pods.pod(1);
    await insert(pods, 0, 11, 20);
    await writeBehind(pods, 1);
    await pods.waitForStreaming({ timeout: 120_000 });
    expect([await rows(pods, 0), await rows(pods, 1)]).toEqual(['20|210', '20|210']);
    expect(pod.logs()).toContain(' prepare: clone: diverged: ');
    expect(pod.logs()).not.toContain(' prepare: rejoin: ');
    expect(await self(pods, 1)).toMatchObject({ standby: true, timeline: 1 });
    expect(keptAside(pods, 1).copies).toHaveLength(1);
    expect(await slots(pods)).toEqual(['pod_1|t|reserved']);
  });
});

test('fault 8: the other replicas follow the new primary once they begin anew, without being copied', async () => {
  const pods = await succeeded(one);
  await pods.startPod(0);
  await pods.waitForStreaming({ timeout: 180_000 });
  for (const ordinal of pods.ordinals) expect([ordinal, await rows(pods, ordinal)]).toEqual([ordinal, SURVIVING]);
  expect(pods.pod(2).logs()).toContain(' prepare: start-standby: follow: ');
  expect(pods.pod(2).logs()).not.toMatch(/ prepare: (clone|rejoin): /);
  expect(await slots(pods)).toEqual(['pod_0|t|reserved', 'pod_2|t|reserved']);
});
