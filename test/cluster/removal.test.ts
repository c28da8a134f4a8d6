import { readFileSync } from 'node:fs';
import { join } from 'node:path';
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
  [client] = await Promise.all([Client.create(namespace), database.start({}, { 'backup-password': 'backups' })]);
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

test('everything but the data deleted by the one command of the runbook and applied again, with its backups', told(async () => {
  await namespace.run(['create', 'job', 'before', '--from=cronjob/removed-db-backup']);
  await namespace.run(['wait', '--for=condition=Complete', '--timeout=180s', 'job/before'], { seconds: 190 });
  const backups = async (): Promise<string> => {
    const reader = await Client.create(namespace, { name: 'reader', claim: 'removed-db-backup' });
    const found = await reader.run(['bash', '-c', 'cd /claim/removed-db && ls -A1 | grep -v lock && for b in [0-9]*/; do (cd $b && sha256sum --quiet -c SHA256SUMS); done']);
    await namespace.run(['delete', 'pod', 'reader', '--wait']);
    return found;
  };
  const before = await backups();
  expect(before).toMatch(/^\d{4}.*\nlatest$/m);
  await returns('the command of the runbook', async () => {
    await namespace.run(removalCommand('removed-db'));
    await isGone();
    expect(await leftOvers()).toEqual(['PersistentVolumeClaim data-removed-db-0', 'PersistentVolumeClaim removed-db-backup']);
  });
  expect(await backups()).toBe(before);
}));

/** As the runbook has it, behind kubectl and the namespace. */
function removalCommand(name: string): string[] {
  const text = readFileSync(join(__dirname, '../../docs/runbooks/remove.md'), 'utf8');
  const [, command] = /^\s*kubectl --namespace shop (delete \S+ -l cdk8s-postgres\/cluster=orders-db)$/m.exec(text) ?? [];
  return command.replace('orders-db', name).split(' ');
}

/** Everything with the label of the database, of every kind that can be listed here. */
async function leftOvers(): Promise<string[]> {
  const kinds = (await namespace.run(['api-resources', '--namespaced', '--verbs=list,delete', '--output=name'])).trim().split('\n')
    // made and taken away by the cluster in its own time
    .filter((kind) => !/^(events|endpoints|endpointslices|pods|controllerrevisions)(\.|$)/.test(kind));
  const found = await namespace.list(kinds.join(','), 'cdk8s-postgres/cluster=removed-db');
  return found.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort();
}

test('the pod deleted without grace, as a drain that loses its patience does it', told(async () => {
  const { uid } = await database.life();
  await writer.gapDuring(async () => {
    await namespace.run(['delete', 'pod', database.pod, '--grace-period=0', '--force']);
    await database.ready({ notUid: uid });
  });
  await writer.stop();
  expect(await writer.lost(database)).toEqual([]);
}));
