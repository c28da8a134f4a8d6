import { Client } from './support/client';
import type { Props } from './support/database';
import { diagnosed, Manifest, Namespace } from './support/namespace';
import { Instance, Replicas } from './support/replicas';
import { Runbook } from './support/runbook';
import { figure, timed, until } from './support/wait';
import { Writer } from './support/writer';
import { PostgresImage, Rollout } from '../../src';

// A change reaches the pods of one database as the program's `rollout` says. Each test goes on where the one before ended.

let namespace: Namespace;
let database: Replicas;
let client: Client;
let writer: Writer;
let page: Runbook;
const told = diagnosed(() => namespace);
const write = { host: 'orders-db', user: 'orders', database: 'orders' };
const read = { ...write, host: 'orders-db-r' };

beforeAll(told(async () => {
  namespace = await Namespace.create('canary');
  page = new Runbook('canary.md', namespace);
  database = new Replicas(namespace, 'orders-db', { database: 'orders', instances: 3, ...connections(40) });
  [client] = await Promise.all([Client.create(namespace), database.start()]);
  writer = await Writer.start(client, write);
}));

afterAll(async () => {
  await writer?.stop();
  await namespace?.delete();
  page?.delete();
});

function connections(count: number): Props {
  return { parameters: { max_connections: `${count}` } };
}

/** Another image and other settings, of which the pods of the old revision know nothing. */
function broken(): Props {
  return { ...connections(39), image: PostgresImage.custom({ image: 'postgres:18.6-no-such-variant' }), rollout: Rollout.canary() };
}

/** What the page calls to synthesize and to apply. */
async function apply(heading: 'Steps' | 'Go back', changes: Props): Promise<string> {
  page.synthesize(database.manifests(changes));
  return page.follow(heading, 'kubectl apply');
}

const instance = (ordinal: number): Instance => database.instance(ordinal);

async function lives(...ordinals: number[]): Promise<unknown[]> {
  return Promise.all(ordinals.map(async (ordinal) => instance(ordinal).life()));
}

async function configured(): Promise<string[]> {
  return Promise.all([0, 1, 2].map(async (ordinal) => instance(ordinal).sql('SHOW max_connections')));
}

/** A rollout ends with the last pod's readiness; which pods have the update's revision, by ordinal. */
async function updated(): Promise<number[]> {
  const { status } = await database.observed();
  const pods = await database.pods();
  return pods.filter(({ metadata }) => metadata.labels['controller-revision-hash'] === status.updateRevision)
    .map(({ metadata }) => Number(metadata.name.split('-').pop())).sort();
}

async function waitsForItsImage(ordinal: number): Promise<any> {
  return until(`${instance(ordinal).pod} waits for its image`, 90, async () => {
    const pod = await instance(ordinal).findPod();
    const reason = pod?.status.containerStatuses?.[0]?.state.waiting?.reason;
    return ['ErrImagePull', 'ImagePullBackOff', 'ErrImageNeverPull'].includes(reason) && pod;
  });
}

/** What a GitOps tool does with ConfigMaps that the applied program has no more: those that forbid it stay. Returns their names. */
async function prune(applied: readonly Manifest[]): Promise<string[]> {
  const names = applied.map(({ metadata }) => metadata.name);
  const maps: Manifest[] = await namespace.list('configmaps', `cdk8s-postgres/cluster=${database.name}`);
  const stale = maps.filter(({ metadata }) => !names.includes(metadata.name));
  const kept = stale.filter(({ metadata }) => metadata.annotations?.['kustomize.toolkit.fluxcd.io/prune'] === 'disabled');
  for (const { metadata: { name } } of stale.filter((map) => !kept.includes(map))) await namespace.run(['delete', 'configmap', name]);
  return kept.map(({ metadata }) => metadata.name);
}

test('canary with a broken image: one replica is down, writing and reading go on', told(async () => {
  const before = await lives(0, 1);
  const gap = await writer.gapDuring(async () => {
    await database.apply(broken());
    await waitsForItsImage(2);
    expect(await updated()).toEqual([2]);
    for (let turn = 0; turn < 5; turn += 1) await client.sql(read, 'SELECT count(*) FROM written');
  });
  expect(await lives(0, 1)).toEqual(before);
  expect(await database.followers()).toEqual([1]);
  expect(gap).toBeLessThan(5);
  figure(`canary with a broken image: longest gap between two commits ${gap.toFixed(1)} s`);
}));

test('a pod of the old revision that restarts in between comes back with the old template, also after a prune', told(async () => {
  const before = (await instance(1).findPod()).spec.containers[0].image;
  expect(await prune(database.manifests(broken()))).toEqual([expect.stringContaining('-settings-')]);
  const pod = await instance(1).replace();
  expect(pod.spec.containers[0].image).toBe(before);
  await until('it follows', 60, async () => (await database.followers()).includes(1));
  expect(await updated()).toEqual([2]);
}));

test('fault 43: the roll-back heals the canary without a pod deleted by hand, and touches no other', told(async () => {
  const before = await lives(0, 1);
  const seconds = await timed(async () => {
    await apply('Go back', { rollout: Rollout.canary() });
    await database.streaming(2);
  });
  figure(`roll-back of a canary: ${seconds.toFixed(1)} s until it streams`);
  expect(await instance(2).logs()).not.toContain('prepare: clone: ');
  expect(await lives(0, 1)).toEqual(before);
}));

test('canary, replicasOnly and nothing at last bring a change to one replica, to all and to the primary', told(async () => {
  const primary = await database.life();
  const others = await lives(0, 1);
  expect(await apply('Steps', { ...connections(41), rollout: Rollout.canary() }))
    .toContain('partitioned roll out complete: 1 new pods have been updated');
  await database.streaming(2);
  expect(await configured()).toEqual(['40', '40', '41']);
  expect(await lives(0, 1)).toEqual(others);
  expect(await page.follow('Steps', 'kubectl --namespace shop get pods'))
    .toMatch(/orders-db-0 .* (\S+)\norders-db-1 .* \1\norders-db-2 .* (?!\1)\S+\n/);

  await apply('Steps', { ...connections(41), rollout: Rollout.replicasOnly() });
  await database.streaming(2);
  expect(await configured()).toEqual(['40', '41', '41']);
  expect(await database.life()).toEqual(primary);

  const gap = await writer.gapDuring(async () => {
    await apply('Steps', connections(41));
    await database.streaming(2);
  });
  expect(await configured()).toEqual(['41', '41', '41']);
  figure(`rollout of three pods, the primary last: longest gap between two commits ${gap.toFixed(1)} s`);
}));

test('a smaller limit reaches the replicas first: they keep the primary\'s until the primary has the smaller one, too', told(async () => {
  await apply('Steps', { ...connections(30), rollout: Rollout.replicasOnly() });
  await database.streaming(2);
  expect(await configured()).toEqual(['41', '41', '41']);
  await apply('Steps', connections(30));
  await database.streaming(2);
  await until('every pod has the smaller limit', 120, async () => (await configured()).join(' ') === '30 30 30');
  await database.streaming(2);
}));

test('paused reaches no pod', told(async () => {
  const before = await lives(0, 1, 2);
  await database.apply({ ...connections(31), rollout: Rollout.paused() });
  expect(await updated()).toEqual([]);
  expect(await lives(0, 1, 2)).toEqual(before);
}));

test('through all of these no acknowledged row was lost, on any pod', told(async () => {
  await writer.stop();
  expect(await writer.lost(database, 'orders')).toEqual([]);
  const [primary, ...replicas] = await database.everywhere('SELECT count(*), sum(n) FROM written', 'orders');
  expect(replicas).toEqual([primary, primary]);
  figure(`rollouts of three pods: ${writer.count} rows acknowledged, none lost`);
}));
