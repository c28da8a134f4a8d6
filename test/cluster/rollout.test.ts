import { Client } from './support/client';
import { Database } from './support/database';
import { diagnosed, Namespace } from './support/namespace';
import { figure, sleep, until } from './support/wait';
import { Writer } from './support/writer';
import { PostgresImage, Rollout } from '../../src';

/** Two tags of one server on one operating system: an update of the image that every registry has. */
const IMAGES = ['postgres:18.6-trixie', 'postgres:18-trixie'];

let namespace: Namespace;
let database: Database;
let client: Client;
let writer: Writer;
const told = diagnosed(() => namespace);
/** A program is edited again and again: each change counts up from the one before. */
let connections = 40;
let image = IMAGES[0];

beforeAll(told(async () => {
  namespace = await Namespace.create('rollout');
  database = new Database(namespace, 'rolled-db', { database: 'app' });
  [client] = await Promise.all([Client.create(namespace), database.start(program(Rollout.rollingUpdate()))]);
  writer = await Writer.start(client, { host: 'rolled-db' });
}));

afterAll(async () => {
  await writer?.stop();
  await namespace?.delete();
});

function program(rollout: Rollout): Parameters<Database['apply']>[0] {
  return { rollout, image: PostgresImage.custom({ image }), parameters: { max_connections: `${connections}` } };
}

type Change = 'parameter' | 'image';

/** Changes a parameter that needs a restart, the image, or both. */
async function change(rollout: Rollout, ...what: Change[]): Promise<void> {
  if (what.includes('parameter')) connections += 1;
  if (what.includes('image')) image = IMAGES[(IMAGES.indexOf(image) + 1) % IMAGES.length];
  // before the apply: the controller may have replaced the pod already
  const before = (await database.findPod())?.metadata.labels['controller-revision-hash'];
  await database.apply(program(rollout));
  expect((await database.observed()).status.updateRevision).not.toBe(before);
}

async function runsTheChange(): Promise<void> {
  expect(await database.sql('SHOW max_connections')).toBe(`${connections}`);
  expect((await database.findPod()).spec.containers[0].image).toBe(image);
}

/** The controller has had time to act on a pod, and has not. */
async function isLeftAlone(uid: string, value: string): Promise<void> {
  await sleep(4);
  const pod = await database.findPod();
  expect(pod.metadata.uid).toBe(uid);
  expect(pod.metadata.deletionTimestamp).toBeUndefined();
  expect(await database.sql('SHOW max_connections')).toBe(value);
}

/** Every rollout with each of the two changes. */
function eachChange(...rollouts: (readonly [string, Rollout])[]): [string, Change, Rollout][] {
  return rollouts.flatMap(([name, rollout]) => (['parameter', 'image'] as const).map((what): [string, Change, Rollout] => [name, what, rollout]));
}

test.each(eachChange(
  ['rollingUpdate', Rollout.rollingUpdate()],
  ['partition(0)', Rollout.partition(0)],
))('%s: a changed %s reaches the one pod by itself', (name, what, rollout) => told(async () => {
  const { uid } = (await database.findPod()).metadata;
  const gap = await writer.gapDuring(async () => {
    await change(rollout, what);
    await database.ready({ notUid: uid });
  });
  await runsTheChange();
  figure(`${name}, ${what}: longest gap between two commits ${gap.toFixed(1)} s`);
})());

test.each(eachChange(
  ['replicasOnly', Rollout.replicasOnly()],
  ['paused', Rollout.paused()],
))('%s: a changed %s waits in the StatefulSet and goes on when the rollout is rollingUpdate', (_name, what, rollout) => told(async () => {
  const { uid } = (await database.findPod()).metadata;
  const before = `${connections}`;
  await change(rollout, what);
  await isLeftAlone(uid, before);
  await database.apply(program(Rollout.rollingUpdate()));
  await database.ready({ notUid: uid });
  await runsTheChange();
})());

test('paused: a pod that is deleted comes back as it was, not as the change wants it', told(async () => {
  const pod = await database.findPod();
  const before = `${connections}`;
  await change(Rollout.paused(), 'parameter', 'image');
  await namespace.run(['delete', 'pod', database.pod]);
  const after = await database.ready({ notUid: pod.metadata.uid });
  expect(await database.sql('SHOW max_connections')).toBe(before);
  expect(after.spec.containers[0].image).toBe(pod.spec.containers[0].image);
  await database.apply(program(Rollout.rollingUpdate()));
  await database.ready({ notUid: after.metadata.uid });
  await runsTheChange();
}));

test.each(eachChange(['onDelete', Rollout.onDelete()]))('%s: with a changed %s the pod keeps running until somebody deletes it', (_name, what, rollout) => told(async () => {
  const { uid } = (await database.findPod()).metadata;
  const before = `${connections}`;
  await change(rollout, what);
  await isLeftAlone(uid, before);
  await namespace.run(['delete', 'pod', database.pod]);
  await database.ready({ notUid: uid });
  await runsTheChange();
})());

test('a parameter that needs no restart reaches the running server', told(async () => {
  await database.apply(program(Rollout.rollingUpdate()));
  await database.observed();
  const before = await database.life();
  const changed = Date.now();
  const gap = await writer.gapDuring(async () => {
    const wanted = program(Rollout.rollingUpdate());
    await database.apply({ ...wanted, parameters: { ...wanted!.parameters, log_min_duration_statement: '4321ms' } });
    await database.refresh();
    await until('the parameter is in effect', 120, async () => (await database.sql('SHOW log_min_duration_statement')) === '4321ms');
  });
  figure(`reload-class parameter in effect after ${((Date.now() - changed) / 1000).toFixed(1)} s, longest gap between two commits ${gap.toFixed(2)} s`);
  expect(await database.life()).toEqual(before);
}));

test('through all of these no acknowledged row was lost', told(async () => {
  await writer.stop();
  expect(await writer.lost(database)).toEqual([]);
  expect(writer.count).toBeGreaterThan(50);
  figure(`rollouts: ${writer.count} rows acknowledged, none lost`);
}));
