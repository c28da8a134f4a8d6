import { Size } from 'cdk8s';
import { Client } from './support/client';
import { Database, serverStatus } from './support/database';
import { diagnosed, Namespace } from './support/namespace';
import { NodeShell } from './support/node';
import { Runbook } from './support/runbook';
import { answer, folderOf, limit, refuses, remount, scaleUp, stop, unlimit } from './support/volume';
import { until } from './support/wait';
import { Cpu, Storage } from '../../src';

let namespace: Namespace;
let database: Database;
let node: NodeShell;
let folder: string;
let volume: Runbook;
let resize: Runbook;
let maintenance: Runbook;
const told = diagnosed(() => namespace);

beforeAll(told(async () => {
  // The pod that changes the owner of the files is root, which the restricted standard does not admit.
  namespace = await Namespace.create('volume', { privileged: true });
  [volume, resize, maintenance] = ['volume.md', 'resize.md', 'maintenance.md'].map((page) => new Runbook(page, namespace));
  // The small file system is of memory, which counts as the container's.
  database = new Database(namespace, 'orders-db', { database: 'orders', resources: { cpu: Cpu.millis(50), memory: Size.mebibytes(768) } });
  await database.start();
  await database.sql('CREATE TABLE kept AS SELECT n, md5(n::text) FROM generate_series(1, 20000) n', 'orders');
  node = await NodeShell.create((await database.findPod()).spec.nodeName);
  folder = await folderOf(database);
}));

afterAll(async () => {
  await namespace?.delete();
  for (const page of [volume, resize, maintenance]) page?.delete();
  if (folder) await unlimit(node, folder);
  await node?.delete();
});

const KEPT = 'SELECT count(*), md5(string_agg(n || md5, \',\' ORDER BY n)) FROM kept';
let whole: string;

/** The same server's data, and no container that had to be restarted on the way. */
async function servesEverything(): Promise<void> {
  expect(await answer(database, KEPT)).toBe(whole);
  expect(serverStatus(await database.ready()).restartCount).toBe(0);
}

async function held(): Promise<void> {
  await maintenance.follow('Steps', 'kubectl --namespace shop exec orders-db-0 -- touch');
  await until('the server is held', 60, async () =>
    (await maintenance.follow('Steps', 'kubectl --namespace shop exec orders-db-0 -- cat')).includes('state=held'));
  expect(await maintenance.follow('Steps', 'kubectl --namespace shop exec orders-db-0 -- bash')).toMatch(/shut down$/m);
}

async function released(): Promise<void> {
  await maintenance.follow('Steps', 'kubectl --namespace shop exec orders-db-0 -- rm');
}

beforeAll(told(async () => {
  whole = await database.sql(KEPT, 'orders');
  expect(whole).toMatch(/^20000\|/);
}));

test('a server that is held is not ready, is not restarted, and serves again when it is released', told(async () => {
  const before = await database.life();
  await held();
  await until('the pod is not Ready', 30, async () => !serverStatus(await database.findPod()).ready);
  await released();
  await servesEverything();
  expect((await database.findPod()).metadata.uid).toBe(before.uid);
}));

test('a volume that another container has locked is waited for, and the pod goes on when that has ended', told(async () => {
  await stop(database);
  const other = await Client.create(namespace, { name: 'other', claim: 'data-orders-db-0' });
  const holding = other.attempt(['flock', '/claim/cdk8s-postgres.lock', 'sleep', '3600']);
  await scaleUp(database);
  await refuses(database, 'volume-locked: another container holds the lock of this volume');
  await namespace.run(['delete', 'pod', 'other']);
  await holding;
  await servesEverything();
}));

test('a data directory without one of its files is left alone, can be looked at, and serves when the file is back', told(async () => {
  await held();
  await database.exec('bash', '-c', 'mv "$PGDATA/PG_VERSION" "$PGDATA/PG_VERSION.away"');
  await released();
  await refuses(database, 'no-database: /var/lib/postgresql/18/docker is not empty and holds no complete database; it is left alone');
  expect(await volume.follow('Look at it', 'kubectl')).toMatch(/uid=999[^]*cdk8s-postgres\.identity[^]*docker/);
  await volume.follow('Put a file right', 'kubectl --namespace shop exec orders-db-0 -- bash');
  await until('the state is running', 30, async () =>
    (await volume.follow('Put a file right', 'kubectl --namespace shop exec orders-db-0 -- cat').catch(() => '')).includes('state=running'));
  await servesEverything();
}));

test.each([
  ['a data directory', '18/docker', 'ownership: /var/lib/postgresql/18/docker belongs to another user than the container\'s, whose uid is 999'],
  ['a whole volume', '18', 'old-layout: /var/lib/postgresql/18 belongs to uid 70, cannot be read by uid 999 and may hold a database'],
])('%s of another user is refused, and served after the owner was changed as the runbook says', (_what, path, reason) => told(async () => {
  await stop(database);
  await node.run('chown -R 70:70 "$1"', `${folder}/${path}`);
  await scaleUp(database);
  await refuses(database, reason);
  await volume.follow('Change the owner', 'instances=$(kubectl');
  await servesEverything();
  expect(await database.exec('bash', '-c', 'find "$PGDATA" ! -user 999')).toBe('');
})());

test('a volume that is mounted read-only is refused, and served by the next pod when it can be written', told(async () => {
  await stop(database);
  await limit(node, folder, 160);
  await remount(node, folder, 'ro');
  await scaleUp(database);
  await refuses(database, 'volume-not-writable: /var/lib/postgresql/cdk8s-postgres.lock cannot be opened for writing by uid 999');
  await remount(node, folder, 'rw');
  // The container's own mount was made read-only, and stays so.
  await namespace.run(['delete', 'pod', database.pod]);
  await servesEverything();
}));

describe('a volume that is full', () => {
  test('is told by the pod, which is not ready and is not restarted', told(async () => {
    const filler = 'dd if=/dev/zero "of=$1/filler" bs=64k 2>/dev/null || true';
    await node.run(filler, folder);
    const insert = 'CREATE TABLE much AS SELECT repeat(\'x\', 100) FROM generate_series(1, 1000000)';
    await expect(database.sql(insert, 'orders')).rejects.toThrow(/No space left on device|server closed the connection/);
    // A server that did not have to write its log goes on; one that starts does not.
    await database.exec('bash', '-c', 'read -r pid <"$PGDATA/postmaster.pid" && kill -9 "$pid"').catch(() => undefined);
    const reason = await refuses(database, 'volume-full: ');
    expect(reason).toMatch(/^volume-full: the volume \/var\/lib\/postgresql is full, the server needs at least \d+ MiB of free space/);
    expect(reason).toContain('see docs/runbooks/resize.md');
    await until('the pod is not Ready', 60, async () => !serverStatus(await database.findPod()).ready);
    expect(serverStatus(await database.findPod()).restartCount).toBe(0);
  }));

  test('serves every row by itself when the claim was made larger', told(async () => {
    const { uid } = (await database.findPod()).metadata;
    const larger = { storage: Storage.persistent(Size.gibibytes(30)) };
    resize.synthesize(database.manifests(larger));
    await expect(resize.follow('A larger volume', 'kubectl apply -f')).rejects.toThrow('updates to statefulset spec for fields other than');
    await resize.follow('A larger volume', 'for claim in');
    await until('the claim has the new size', 60, async () =>
      (await namespace.find('persistentvolumeclaim', 'data-orders-db-0')).status.capacity.storage === '30Gi');
    // Here the driver's part: its file systems are numbers only.
    await remount(node, folder, 'size=400m');
    await servesEverything();
    expect((await database.findPod()).metadata.uid).toBe(uid);
    await resize.follow('A larger volume', 'kubectl --namespace shop delete statefulset');
    await servesEverything();
    expect(await resize.follow('A larger volume', 'kubectl --namespace shop get pod')).toContain('orders-db-0');
    expect((await database.findPod()).metadata.uid).toBe(uid);
    const set = await namespace.find('statefulset', 'orders-db');
    expect(set.spec.volumeClaimTemplates[0].spec.resources.requests.storage).toBe('30Gi');
    await node.run('rm "$1/filler"', folder);
  }));
});
