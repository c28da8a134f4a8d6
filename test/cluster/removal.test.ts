import { Cron } from 'cdk8s';
import { Client } from './support/client';
import { Database } from './support/database';
import { diagnosed, Namespace } from './support/namespace';
import { figure, until } from './support/wait';
import { Writer } from './support/writer';
import { Backup } from '../../src';

let namespace: Namespace;
let database: Database;
let client: Client;
let writer: Writer;
const told = diagnosed(() => namespace);

beforeAll(told(async () => {
  namespace = await Namespace.create('removal');
  database = new Database(namespace, 'removed-db', { database: 'app', backups: [Backup.logical({ schedule: Cron.daily() })] });
  [client] = await Promise.all([Client.create(namespace), database.start()]);
}));

beforeEach(told(async () => {
  writer = await Writer.start(client, { host: 'removed-db' });
}));

afterEach(async () => {
  await writer?.stop();
});

afterAll(async () => {
  await namespace?.delete();
});

async function isGone(): Promise<void> {
  await until('the pod is gone', 60, async () => (await database.findPod()) === undefined);
}

async function returns(what: string, remove: () => Promise<unknown>): Promise<void> {
  const { identifier, claim } = await identity();
  const gap = await writer.gapDuring(async () => {
    await remove();
    await isGone();
    await database.apply();
    await database.ready();
  });
  await writer.stop();
  expect(await identity()).toEqual({ identifier, claim });
  expect(await writer.lost(database)).toEqual([]);
  figure(`${what}: longest gap between two commits ${gap.toFixed(1)} s, ${writer.count} rows acknowledged, none lost`);
}

/** That it is the same database on the same volume, and not a new one of the same name. */
async function identity(): Promise<{ readonly identifier: string; readonly claim: string }> {
  const claim = await namespace.find('persistentvolumeclaim', 'data-removed-db-0');
  return { identifier: await database.sql('SELECT system_identifier FROM pg_control_system()'), claim: claim.metadata.uid };
}

test('the StatefulSet deleted and applied again', told(() => returns('StatefulSet deleted',
  () => namespace.run(['delete', 'statefulset', database.name]))));

test('the StatefulSet deleted without its pod adopts the running server', told(async () => {
  const before = await database.life();
  await namespace.run(['delete', 'statefulset', database.name, '--cascade=orphan']);
  await database.apply();
  await until('the pod has its owner again', 60, async () => (await database.findPod()).metadata.ownerReferences?.length === 1);
  expect(await database.life()).toEqual(before);
}));

test('everything but the claims deleted and applied again', told(() => returns('kubectl delete -f', async () => {
  const applied = database.manifests().filter(({ kind }) => kind !== 'PersistentVolumeClaim');
  await namespace.run(['delete', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: applied }) });
})));

test('the pod deleted without grace, as a drain that loses its patience does it', told(async () => {
  const { uid } = await database.life();
  await writer.gapDuring(async () => {
    await namespace.run(['delete', 'pod', database.pod, '--grace-period=0', '--force']);
    await database.ready({ notUid: uid });
  });
  await writer.stop();
  expect(await writer.lost(database)).toEqual([]);
}));
