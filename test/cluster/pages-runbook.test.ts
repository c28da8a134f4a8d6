import { Cron } from 'cdk8s';
import { Database } from './support/database';
import { diagnosed, Namespace } from './support/namespace';
import { Runbook } from './support/runbook';
import { refuses } from './support/volume';
import { until } from './support/wait';
import { Backup, PostgresImage } from '../../src';

// The life of one database, from the pages that a user reads, in their order: each test goes on where the one before ended.

const NAMES = ['README', 'install', 'connect', 'change-configuration', 'minor-upgrade', 'rotate-passwords', 'back-up', 'remove'] as const;

let namespace: Namespace;
let database: Database;
let pages: Record<typeof NAMES[number], Runbook>;
const told = diagnosed(() => namespace);

beforeAll(() => {
  namespace = Namespace.planned('pages');
  pages = Object.fromEntries(NAMES.map((name) => [name, new Runbook(`${name}.md`, namespace)])) as typeof pages;
  database = new Database(namespace, 'orders-db', { database: 'orders', backups: [Backup.logical({ schedule: Cron.annually() })] });
});

afterAll(async () => {
  await namespace?.delete();
  for (const page of Object.values(pages ?? {})) page.delete();
});

const EXEC = 'kubectl --namespace shop exec orders-db-0 -- ';

test('install: without its Secret the pod says in all three places what it waits for; with it the database serves', told(async () => {
  const { install, README: index, 'rotate-passwords': rotate } = pages;
  await install.follow('Steps', 'kubectl create namespace shop');
  await database.apply();
  await refuses(database, 'secret: the Secret has no key password; see docs/runbooks/rotate-passwords.md');
  expect(await index.follow('Runbooks', 'kubectl --namespace shop describe'))
    .toMatch(/Readiness probe failed: waiting: secret: [^]* (?:supervisor|prepare): waiting: secret: [^]*^state=waiting$/m);
  expect(await rotate.follow('The Secret is missing or wrong', 'kubectl')).toContain('waiting: secret: the Secret has no key password');
  await install.follow('Steps', 'kubectl create secret generic orders-db-credentials');
  await database.refresh();
  await database.ready();
  install.synthesize(database.manifests());
  expect(await install.follow('Steps', 'cdk8s synth')).toContain('partitioned roll out complete: 1 new pods have been updated...');
  expect(await install.follow('Check', 'kubectl --namespace shop logs')).toContain('agent: applied the declared roles, passwords and databases');
  expect(await install.follow('Check', EXEC)).toBe('orders\n');
}));

test('change-configuration: the difference shows the parameter, which arrives without a restart', told(async () => {
  const page = pages['change-configuration'];
  const before = await database.life();
  const changed = { parameters: { work_mem: '8MB' } };
  page.synthesize(database.manifests(changed));
  // kubectl diff ends with status 1 where there is a difference
  await expect(page.follow('Steps', 'cdk8s synth')).rejects.toThrow(/^\+.*work_mem = '?8MB/m);
  await page.follow('Steps', 'kubectl apply');
  await page.follow('Steps', 'kubectl --namespace shop annotate');
  await until('the parameter is in effect', 60, async () => (await page.follow('Check', EXEC)) === '8MB\n');
  // The server writes that it reloads before the agent writes that it has.
  await until('the agent has told it', 10, async () =>
    (await page.follow('Check', 'kubectl --namespace shop logs')).includes('agent: reloaded the configuration'));
  expect(await page.follow('When to restart', 'kubectl')).toMatch(/CURRENT +UPDATE\norders-db-(\S+) +orders-db-\1\n/);
  expect(await database.life()).toEqual(before);
}));

test('change-configuration: a rollout that is undone takes back what needed a restart', told(async () => {
  const page = pages['change-configuration'];
  const { metadata: { uid } } = await database.findPod();
  page.synthesize(database.manifests({ parameters: { max_connections: '41' } }));
  await page.follow('Steps', 'kubectl apply');
  const pod = await database.ready({ notUid: uid });
  expect(await database.sql('SHOW max_connections')).toBe('41');
  await page.follow('Go back', 'kubectl');
  await database.ready({ notUid: pod.metadata.uid });
  expect(await database.sql('SHOW max_connections')).not.toBe('41');
}));

test('minor-upgrade: the difference shows the image, and the server answers with it', told(async () => {
  const page = pages['minor-upgrade'];
  page.synthesize(database.manifests({ image: PostgresImage.custom({ image: 'postgres:18-trixie' }) }));
  expect(await page.follow('Steps', 'cdk8s synth')).toMatch(/^\+ +image: postgres:18-trixie$/m);
  await page.follow('Steps', 'kubectl apply');
  await database.ready();
  expect(await page.follow('Check', EXEC)).toContain('PostgreSQL 18');
  expect((await database.findPod()).spec.containers[0].image).toBe('postgres:18-trixie');
  await database.apply();
  await until('the old image is back', 120, async () => (await database.ready()).spec.containers[0].image !== 'postgres:18-trixie');
}));

test('rotate-passwords and connect: an application that starts after the rotation gets in with what the Secret holds', told(async () => {
  const { connect, 'rotate-passwords': rotate } = pages;
  const applied = async (): Promise<number> => (await database.logs()).split('agent: applied the declared roles').length;
  const before = await applied();
  await rotate.follow('Steps', 'kubectl --namespace shop patch secret');
  await rotate.follow('Steps', 'kubectl --namespace shop annotate');
  await until('the agent has taken the password over', 90, async () => (await applied()) > before);
  expect(await rotate.follow('Check', 'kubectl')).toContain('agent: ');
  await connect.applyShown('From an application', 'apiVersion: v1');
  await namespace.run(['wait', '--for=condition=Ready', '--timeout=120s', 'pod/client'], { seconds: 130 });
  await until('the application is let in', 60, async () => (await connect.follow('From an application', 'kubectl').catch(() => '')) === 'orders\n');
  await connect.follow('By hand', 'kubectl --namespace shop exec -it orders-db-0 -- psql -U orders');
  await connect.follow('By hand', 'kubectl --namespace shop exec -it orders-db-0 -- psql -U postgres');
}));

test('back-up: made by hand, looked at, and restored beside the running database', told(async () => {
  const page = pages['back-up'];
  await database.sql('CREATE TABLE items AS SELECT n AS id, md5(n::text) FROM generate_series(1, 1000) n', 'orders');
  expect(await page.follow('Make one now', 'kubectl')).toMatch(/backup: backup \S+ of 3 databases is complete/);
  const heading = 'Look at what is there';
  await page.applyShown(heading, 'apiVersion: v1');
  await namespace.run(['wait', '--for=condition=Ready', '--timeout=120s', 'pod/backup-reader'], { seconds: 130 });
  expect(await page.follow(heading, 'kubectl --namespace shop exec backup-reader -- ls /backup/orders-db/latest/'))
    .toBe('1-template1\n2-postgres\n3-orders\nbackup.json\nglobals.sql\nSHA256SUMS\n');
  expect(await page.follow(heading, 'kubectl --namespace shop exec backup-reader -- bash')).toBe('');
  const restore = 'Restore one database beside the running one';
  await page.follow(restore, `${EXEC}psql -U postgres -d postgres`);
  const restored = await page.follow(restore, `${EXEC}psql -U postgres -d orders_restored -Atc`);
  expect(restored).toMatch(/^1000\|/);
  expect(await page.follow(restore, `${EXEC}psql -U postgres -d orders -Atc`)).toBe(restored);
}));

test('remove: the objects go and the claims stay, the program brings everything back, and the data goes when it is told to', told(async () => {
  const { remove } = pages;
  // A claim stays while a pod mounts it.
  await namespace.run(['delete', 'pod', 'backup-reader', 'client', '--ignore-not-found', '--grace-period=0', '--force']);
  await remove.follow('Take the claims out of danger', 'kubectl patch pv');
  const { spec: { volumeName } } = await namespace.find('persistentvolumeclaim', 'orders-db-backup');
  const policy = async (): Promise<string> => (await namespace.find('persistentvolume', volumeName)).spec.persistentVolumeReclaimPolicy;
  expect(await policy()).toBe('Retain');
  // The tests leave no volume behind.
  await namespace.run(['patch', 'persistentvolume', volumeName, '--type=merge', '--patch', '{"spec":{"persistentVolumeReclaimPolicy":"Delete"}}']);
  const objects = 'Remove the objects, keep data and backups';
  await remove.follow(objects, 'kubectl --namespace shop delete statefulset');
  await until('the pod is gone', 60, async () => (await database.findPod()) === undefined);
  expect(await remove.follow(objects, 'kubectl --namespace shop get pvc')).toMatch(/^data-orders-db-0 +Bound[^]*^orders-db-backup +Bound/m);
  await database.apply();
  await database.ready();
  expect(await database.sql('SELECT count(*) FROM items', 'orders')).toBe('1000');
  await remove.follow(objects, 'kubectl --namespace shop delete statefulset');
  await remove.follow('Remove the data, too', 'kubectl');
  expect(await namespace.list('statefulsets,services,persistentvolumeclaims,cronjobs')).toEqual([]);
}));
