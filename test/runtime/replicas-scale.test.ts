import { appendFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Size } from 'cdk8s';
import { state } from './fixture';
import { ready, rows, self, slots, streaming, synthesize, write, writeSegments } from './replicas-fixture';
import { Replication } from '../../src';
import { Cluster } from '../support/cluster';
import { Pod } from '../support/pod';
import { ManifestPod } from '../support/pod-from-manifests';
import { servers } from '../support/servers';

jest.setTimeout(600_000);

const server = servers[servers.length - 1];
const actions = / prepare: (clone|rejoin): /;
const limits = Replication.asynchronous({ slotLimit: Size.mebibytes(64), maximumLag: Size.mebibytes(32) });

/** The directories of databases on a claim; a finished clone leaves nothing beside. */
function copies(pods: Cluster, ordinal: number): string[] {
  return readdirSync(join(pods.claim(ordinal), String(server.major))).sort();
}

/** The processes that must stay the same for as long as nobody restarts the primary. */
async function identity(pods: Cluster): Promise<string> {
  return `${pods.pod(0).hostPid} since ${(await self(pods, 0)).since}`;
}

async function everywhere(pods: Cluster): Promise<string[]> {
  await pods.waitForStreaming({ timeout: 120_000 });
  return Promise.all(pods.ordinals.map(async (ordinal) => rows(pods, ordinal)));
}

afterEach(async () => Pod.endAll());

test('every replica streams under its own name with its own slot, and is read only', async () => {
  const pods = await streaming(server);
  await write(pods, 10);
  expect(await everywhere(pods)).toEqual(['10|55', '10|55', '10|55']);
  expect(await slots(pods)).toEqual(['pod_1|t|reserved', 'pod_2|t|reserved']);
  expect(await pods.sql(0, 'SELECT DISTINCT application_name, usename FROM pg_stat_replication ORDER BY 1'))
    .toBe('orders-db-1|replicator\norders-db-2|replicator');
  await expect(pods.sql(1, 'INSERT INTO kept VALUES (0)')).rejects.toThrow('read-only transaction');
  for (const ordinal of pods.ordinals) {
    await ready(pods, ordinal);
    expect(await self(pods, ordinal)).toMatchObject({ standby: ordinal !== 0, timeline: 1 });
    expect(pods.pod(ordinal).logs()).not.toContain('PANIC');
  }
});

test('what another installation said of following comes along with no copy, and stops no replica', async () => {
  const pods = await streaming(server, { instances: 2 });
  await write(pods, 10);
  const settings = ["primary_conninfo = 'host=nowhere'", "PRIMARY_SLOT_NAME='another'", "recovery_target_time = '2020-01-01'", "work_mem = '7MB'"];
  for (const ordinal of pods.ordinals) appendFileSync(join(pods.claim(ordinal), String(server.major), 'docker/postgresql.auto.conf'), `${settings.join('\n')}\n`);
  await pods.restart(1);
  await pods.scale(3);
  expect(await everywhere(pods)).toEqual(['10|55', '10|55', '10|55']);
  expect(await slots(pods)).toEqual(['pod_1|t|reserved', 'pod_2|t|reserved']);
  for (const ordinal of [1, 2]) {
    expect(pods.pod(ordinal).logs()).toContain('may have: PRIMARY_SLOT_NAME primary_conninfo recovery_target_time\n');
    // what is somebody's own stays
    expect(await pods.sql(ordinal, 'SHOW work_mem')).toBe('7MB');
  }
});

test('fault 2: a primary whose postmaster is killed comes back on its timeline with what was confirmed, and its replicas stream again', async () => {
  const pods = await streaming(server);
  await write(pods, 1);
  const confirmed: string[] = [];
  let writing = true;
  const writer = (async () => {
    // a statement fails while nobody serves
    while (writing) await pods.sql(0, 'INSERT INTO kept DEFAULT VALUES RETURNING id').then((said) => confirmed.push(said.split('\n')[0]), () => undefined);
  })();
  await pods.waitFor(() => confirmed.length > 10);
  const before = await self(pods, 0);
  const postmaster = pods.pod(0).processes().find(({ name, parent }) => name === 'postgres' && parent === 1);
  pods.pod(0).kill9(postmaster!.pid);
  const mark = confirmed.length;
  await pods.waitFor(() => confirmed.length > mark + 1, { what: 'a primary that takes writes again' });
  const served = Date.now();
  await pods.waitForStreaming();
  const reconnected = Date.now() - served;
  writing = false;
  await writer;
  const after = await self(pods, 0);
  expect(after).toMatchObject({ standby: false, timeline: 1 });
  expect(after.since).not.toBe(before.since);
  expect(reconnected).toBeLessThan(10_000);
  await pods.waitForStreaming();
  for (const ordinal of pods.ordinals) {
    const present = new Set((await pods.sql(ordinal, 'SELECT id FROM kept')).split('\n'));
    expect(confirmed.filter((id) => !present.has(id))).toEqual([]);
    expect(pods.pod(ordinal).ending).toBeUndefined();
  }
});

test('fault 12: after a loss of power of all, pods that start in reverse have the same primary, and nothing is copied or rewound', async () => {
  const pods = await streaming(server);
  await write(pods, 1000);
  const before = await rows(pods, 0);
  await Promise.all(pods.ordinals.map(async (ordinal) => pods.killPod(ordinal)));
  for (const ordinal of [2, 1]) {
    await pods.startPod(ordinal);
    await state(pods.pod(ordinal), 'running', '', 60_000);
    expect(await self(pods, ordinal)).toMatchObject({ standby: true, timeline: 1 });
    // a replica without a primary answers who reads
    await ready(pods, ordinal);
  }
  await pods.startPod(0);
  expect(await everywhere(pods)).toEqual([before, before, before]);
  expect(await self(pods, 0)).toMatchObject({ standby: false, timeline: 1 });
  for (const ordinal of pods.ordinals) expect(pods.pod(ordinal).logs()).not.toMatch(actions);
});

test('fault 21: scaled to one and back, volumes that are too old are copied anew, and the primary never restarts', async () => {
  const pods = await streaming(server, { instances: 1 });
  await write(pods, 10);
  const primary = await identity(pods);
  await pods.scale(3);
  expect(await everywhere(pods)).toEqual(['10|55', '10|55', '10|55']);
  await pods.scale(1);
  await pods.waitFor(async () => (await slots(pods)).length === 0, { timeout: 240_000, what: 'the end of the slots of pods that are gone' });
  await write(pods, 10);
  await writeSegments(pods, 14);
  await pods.scale(3);
  expect(await everywhere(pods)).toEqual(['20|210', '20|210', '20|210']);
  for (const ordinal of [1, 2]) {
    expect(pods.pod(ordinal).logs()).toContain(': clone: wal-gone: ');
    expect(copies(pods, ordinal)).toEqual(['docker']);
  }
  expect(await slots(pods)).toEqual(['pod_1|t|reserved', 'pod_2|t|reserved']);
  expect(await identity(pods)).toBe(primary);
});

test('faults 21 and 23: replicas that kubectl scaled away lose their slots to the limit, and are copied anew when they come back', async () => {
  const pods = await streaming(server, { replication: limits });
  await write(pods, 10);
  const primary = await identity(pods);
  await pods.kubectlScale(1);
  await writeSegments(pods, 14);
  // they are still declared, so their slots stay, but hold nothing back any more
  expect(await slots(pods)).toEqual(['pod_1|f|lost', 'pod_2|f|lost']);
  const held = Number(await pods.sql(0, "SELECT count(*) FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$'"));
  expect(held).toBeLessThanOrEqual(12);
  await pods.kubectlScale(3);
  expect(await everywhere(pods)).toEqual(['10|55', '10|55', '10|55']);
  expect(await slots(pods)).toEqual(['pod_1|t|reserved', 'pod_2|t|reserved']);
  for (const ordinal of [1, 2]) expect(pods.pod(ordinal).logs()).toContain(': clone: wal-gone: ');
  expect(await identity(pods)).toBe(primary);
});

test('a pod beyond the declared number replicates as well, and its slot goes when it is gone', async () => {
  const pods = await streaming(server, { instances: 2 });
  await pods.kubectlScale(3);
  await write(pods, 10);
  expect(await everywhere(pods)).toEqual(['10|55', '10|55', '10|55']);
  await ready(pods, 2);
  expect(await slots(pods)).toEqual(['pod_1|t|reserved', 'pod_2|t|reserved']);
  await pods.kubectlScale(2);
  // only the agent's looks, ten minutes apart, would find it: a changed topology brings one at once
  pods.declare({ instances: 1 });
  pods.declare({ instances: 2 });
  await pods.waitFor(async () => (await slots(pods)).length === 1, { timeout: 240_000, what: 'the end of the slot of the third pod' });
  expect(await slots(pods)).toEqual(['pod_1|t|reserved']);
});

describe('fault 36: a container that ended restarts in the same pod', () => {
  test('and the primary goes on on its timeline', async () => {
    const pods = await streaming(server);
    await write(pods, 10);
    const address = pods.address(0);
    await pods.restartContainer(0);
    expect(await everywhere(pods)).toEqual(['10|55', '10|55', '10|55']);
    expect([pods.address(0), (await self(pods, 0)).timeline]).toEqual([address, 1]);
    for (const ordinal of [1, 2]) expect(pods.pod(ordinal).logs()).not.toMatch(actions);
  });

  test('and a replica that has been away for too long copies the database anew', async () => {
    const pods = await streaming(server, { replication: limits });
    await pods.restartContainer(1, async () => {
      await write(pods, 10);
      await writeSegments(pods, 14);
    });
    expect(await everywhere(pods)).toEqual(['10|55', '10|55', '10|55']);
    expect(pods.pod(1).logs()).toContain(': clone: wal-gone: ');
    expect(pods.pod(2).logs()).not.toContain(': clone: wal-gone: ');
  });

  test('and a primary whose volume is empty by then initialises nothing over what its replicas have', async () => {
    const pods = await streaming(server);
    await write(pods, 10);
    await pods.waitForStreaming();
    await pods.restartContainer(0, () => {
      for (const name of readdirSync(pods.claim(0))) rmSync(join(pods.claim(0), name), { recursive: true });
    });
    await state(pods.pod(0), 'waiting', 'lost-primary', 60_000);
    for (const ordinal of [1, 2]) {
      expect(await rows(pods, ordinal)).toBe('10|55');
      await ready(pods, ordinal);
    }
    expect(readdirSync(pods.claim(0))).not.toContain(String(server.major));
    expect(await pods.probe(0, 'liveness')).toEqual({ status: 0, text: '' });
  });
});

test('fault 39: of two pods on one volume the second waits, and the first does not notice', async () => {
  let first: ManifestPod | undefined;
  const pods = await streaming(server, { instances: 1 }, {
    // the same pod once more, as after a deletion by force on a node that lives
    change: (description, ordinal) => {
      first = ordinal === 0 ? description : first;
      return ordinal === 0 ? description : first!;
    },
  });
  await write(pods, 10);
  const primary = await identity(pods);
  const second = await pods.startPod(1);
  await state(second, 'waiting', 'volume-locked', 30_000);
  await write(pods, 10);
  expect(await rows(pods, 0)).toBe('20|210');
  expect(second.processes().filter(({ name }) => name === 'postgres')).toEqual([]);
  expect(await identity(pods)).toBe(primary);
  await pods.killPod(0);
  await state(second, 'running', '', 60_000);
  expect(await rows(pods, 1)).toBe('20|210');
});

// the oldest and the newest: what they read is the same in between
describe.each([servers[0], server].map((each) => [String(each), each] as const))('%s: settings that a replica must not undercut', (_, each) => {
  const connections = async (pods: Cluster) => Promise.all(pods.ordinals.map(async (ordinal) => pods.sql(ordinal, 'SHOW max_connections')));
  const settle = async (pods: Cluster, wanted: string[]) => {
    // a replica that restarts its server answers nobody for a moment
    await pods.waitFor(async () => (await connections(pods)).join() === wanted.join(), { timeout: 120_000, what: `max_connections of ${wanted.join()}` });
    await pods.waitForStreaming({ timeout: 120_000 });
  };

  test('fault 41: lowered by a rollout, replicas keep the larger value until the primary has the smaller one', async () => {
    const pods = await streaming(each, { parameters: { max_connections: '90' } });
    await write(pods, 10);
    pods.apply(synthesize(each, { parameters: { max_connections: '40' } }));
    for (const ordinal of [2, 1]) {
      await pods.restart(ordinal);
      await pods.waitForStreaming();
    }
    expect(await connections(pods)).toEqual(['90', '90', '90']);
    await pods.restart(0);
    const containers = [1, 2].map((ordinal) => pods.pod(ordinal).hostPid);
    await settle(pods, ['40', '40', '40']);
    expect([1, 2].map((ordinal) => pods.pod(ordinal).hostPid)).toEqual(containers);
    expect(await everywhere(pods)).toEqual(['10|55', '10|55', '10|55']);
  });

  test('fault 42: raised on the primary first, replicas of the old revision take the larger value by themselves, and restart with it', async () => {
    const pods = await streaming(each, { parameters: { max_connections: '40' } });
    pods.apply(synthesize(each, { parameters: { max_connections: '90' } }));
    await pods.restart(0);
    await write(pods, 10);
    await settle(pods, ['90', '90', '90']);
    expect(await everywhere(pods)).toEqual(['10|55', '10|55', '10|55']);
    await pods.restartContainer(2);
    await settle(pods, ['90', '90', '90']);
  });
});
