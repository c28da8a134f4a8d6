import { Client } from './support/client';
import { Database } from './support/database';
import { diagnosed, Manifest, Namespace } from './support/namespace';
import { figure, until } from './support/wait';
import { Writer } from './support/writer';
import { PostgresImage } from '../../src';

let namespace: Namespace;
let database: Database;
let client: Client;
let writer: Writer;
const told = diagnosed(() => namespace);

beforeAll(told(async () => {
  namespace = await Namespace.create('rollback');
  database = new Database(namespace, 'rolled-db', { database: 'app' });
  [client] = await Promise.all([Client.create(namespace), database.start(connections(40))]);
  writer = await Writer.start(client, { host: 'rolled-db' });
}));

afterAll(async () => {
  await writer?.stop();
  await namespace?.delete();
});

function connections(count: number): Parameters<Database['apply']>[0] {
  return { parameters: { max_connections: `${count}` } };
}

/** Applies a change, or does something else that replaces the pod, and waits for the new one. */
async function replaced(change: () => Promise<unknown>): Promise<void> {
  const { uid } = (await database.findPod()).metadata;
  await change();
  await database.ready({ notUid: uid });
}

async function expectConnections(count: number): Promise<void> {
  expect(await database.sql('SHOW max_connections')).toBe(`${count}`);
}

/** What a GitOps tool that prunes removes: the immutable ConfigMaps that the applied program does not have any more. */
async function prune(applied: readonly Manifest[]): Promise<string[]> {
  const kept = applied.map(({ metadata }) => metadata.name);
  const maps: Manifest[] = await namespace.list('configmaps', `cdk8s-postgres/cluster=${database.name}`);
  const stale = maps.map(({ metadata }) => metadata.name).filter((name) => !kept.includes(name));
  for (const name of stale) await namespace.run(['delete', 'configmap', name]);
  return stale;
}

const EARLIER = '# as an earlier release had it';

/** What a program synthesizes with other scripts: an immutable ConfigMap of another name, and a pod template that mounts it. */
function earlierRelease(manifests: readonly Manifest[]): Manifest[] {
  const scripts = manifests.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name.includes('-scripts-'))!;
  const earlier = JSON.parse(JSON.stringify(manifests).replaceAll(scripts.metadata.name, `${database.name}-scripts-00000000`)) as Manifest[];
  return earlier.map((manifest) => manifest.metadata.name !== `${database.name}-scripts-00000000` ? manifest
    : { ...manifest, data: { ...scripts.data, 'supervisor.sh': `${scripts.data['supervisor.sh']}${EARLIER}\n` } });
}

test('kubectl rollout undo brings the old settings back', told(async () => {
  await replaced(() => database.apply(connections(41)));
  await expectConnections(41);
  await replaced(() => namespace.run(['rollout', 'undo', `statefulset/${database.name}`]));
  await expectConnections(40);
}));

test('the old program applied again brings the old settings back', told(async () => {
  await replaced(() => database.apply(connections(42)));
  await replaced(() => database.apply(connections(40)));
  await expectConnections(40);
}));

test('the old program applied again brings them back after the old ConfigMaps were pruned', told(async () => {
  await replaced(() => database.apply(connections(43)));
  expect((await prune(database.manifests(connections(43)))).length).toBeGreaterThan(0);
  await replaced(() => database.apply(connections(40)));
  await expectConnections(40);
}));

test('pods of an earlier release of the library come back after its scripts were pruned', told(async () => {
  await replaced(() => namespace.apply(earlierRelease(database.manifests(connections(40)))));
  expect(await database.exec('cat', '/opt/cdk8s-postgres/supervisor.sh')).toContain(EARLIER);
  await replaced(() => database.apply(connections(40)));
  expect(await prune(database.manifests(connections(40)))).toEqual(expect.arrayContaining([expect.stringContaining('-scripts-')]));
  await replaced(() => namespace.apply(earlierRelease(database.manifests(connections(40)))));
  expect(await database.exec('cat', '/opt/cdk8s-postgres/supervisor.sh')).toContain(EARLIER);
  await replaced(() => database.apply(connections(40)));
}));

test('a rollout undone after its ConfigMap was pruned names what is missing, and heals when the old program is applied', told(async () => {
  await replaced(() => database.apply(connections(44)));
  const [missing] = (await prune(database.manifests(connections(44)))).filter((name) => name.includes('-settings-'));
  const { uid } = (await database.findPod()).metadata;
  await namespace.run(['rollout', 'undo', `statefulset/${database.name}`]);
  expect(missing).toBeDefined();
  await until('an event names the ConfigMap', 90, async () =>
    (await namespace.list('events')).some(({ message }) => message.includes(`configmap "${missing}" not found`)));
  const waited = Date.now();
  await database.apply(connections(40));
  await database.ready({ notUid: uid, seconds: 180 });
  await writer.progress();
  figure(`ready ${((Date.now() - waited) / 1000).toFixed(1)} s after the missing ConfigMap came back`);
}));

test('a broken image is rolled out and back without a pod deleted by hand', told(async () => {
  const before = await database.findPod();
  await database.apply({ ...connections(40), image: PostgresImage.custom({ image: 'postgres:18.6-no-such-variant' }) });
  await until('the broken pod waits for its image', 90, async () => {
    const pod = await database.findPod();
    const reason = pod?.status.containerStatuses?.[0]?.state.waiting?.reason;
    return pod.metadata.uid !== before.metadata.uid && ['ErrImagePull', 'ImagePullBackOff', 'ErrImageNeverPull', 'InvalidImageName'].includes(reason);
  });
  const broken = (await database.findPod()).metadata.uid;
  const reverted = Date.now();
  await database.apply(connections(40));
  await database.ready({ notUid: broken });
  figure(`ready ${((Date.now() - reverted) / 1000).toFixed(1)} s after the roll-back from a broken image`);
  await expectConnections(40);
  await writer.progress();
}));

test('through all of these no acknowledged row was lost', told(async () => {
  await writer.stop();
  expect(await writer.lost(database)).toEqual([]);
  expect(writer.count).toBeGreaterThan(50);
  figure(`roll-backs: ${writer.count} rows acknowledged, none lost`);
}));
