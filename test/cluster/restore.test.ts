import { Client } from './support/client';
import { Database } from './support/database';
import { addAuditor, backups, ended, fill, FINGERPRINT, jobLog } from './support/dumped';
import { diagnosed, Namespace } from './support/namespace';
import { Runbook } from './support/runbook';
import { figure, until } from './support/wait';
import { Locale, PostgresImage, PostgresVersion } from '../../src';

const passwords = { 'backup-password': 'for \'backups\' only', 'restore-password': 'for $(restores) "only"' };

let namespace: Namespace;
let database: Database;
let expected: string;
let first: string;
let page: Runbook;
const told = diagnosed(() => namespace);

beforeAll(told(async () => {
  namespace = await Namespace.create('restore');
  page = new Runbook('restore.md', namespace);
  database = new Database(namespace, 'orders-db', { database: 'orders', backups });
  await database.start({}, { 'backup-password': passwords['backup-password'] });
  await fill(database, 'orders');
  await addAuditor(database, 'orders');
  expected = await database.sql(FINGERPRINT, 'orders');
  await namespace.run(['create', 'job', 'backup-1', '--from=cronjob/orders-db-backup']);
  await ended(namespace, 'backup-1', 'Complete');
  first = /backup (\d{8}T\d{6}Z) of/.exec(await jobLog(namespace, 'backup-1'))![1];
}));

afterAll(async () => {
  page?.delete();
  await namespace?.delete();
});

/** A Job with settings, made as the page makes its own. */
async function restore(name: string, settings: readonly string[]): Promise<void> {
  const job = JSON.parse(await namespace.run(['create', 'job', name, '--from=cronjob/orders-db-restore', '--dry-run=client', '--output=json']));
  const { env } = job.spec.template.spec.containers[0];
  for (const [variable, value] of settings.map((setting) => setting.split('='))) env.find((one: any) => one.name === variable).value = value;
  await namespace.run(['create', '--filename=-'], { input: JSON.stringify(job) });
}

/** Everything under a heading of the page, in its order. */
async function follow(heading: string, job: string): Promise<string> {
  await page.follow(heading, `kubectl --namespace shop create job ${job} `);
  return jobLog(namespace, job);
}

test('the page opens the door, in the running server', told(async () => {
  const closed = await database.sql('SELECT rolsuper, rolpassword IS NULL FROM pg_authid WHERE rolname = \'restore\'');
  expect(closed).toBe('t|t');
  await page.follow('Open the door', 'kubectl --namespace shop patch secret');
  await database.refresh();
  await until('the role has a password', 90, async () => (await database.sql('SELECT rolpassword IS NULL FROM pg_authid WHERE rolname = \'restore\'')) === 'f');
}));

test('the Job is admitted where the restricted standard is enforced, and the CronJob never runs by itself', told(async () => {
  const { spec } = await namespace.find('cronjob', 'orders-db-restore');
  expect(spec.suspend).toBe(true);
  expect(await namespace.list('jobs', 'cdk8s-postgres/component=restore')).toEqual([]);
}));

test('into a database that is not empty nothing is restored, and the Job says so and fails', told(async () => {
  await restore('refused', ['PGSTS_RESTORE_DATABASE=orders']);
  await ended(namespace, 'refused', 'Failed');
  expect(await jobLog(namespace, 'refused')).toMatch(/failed: the database "orders" is not empty \(2 relations such as \w+, 1 large objects\); nothing was changed/);
  expect(await database.sql(FINGERPRINT, 'orders')).toBe(expected);
}));

test('the page lists and checks the backups', told(async () => {
  expect(await follow('List the backups', 'restore-list')).toMatch(new RegExp(`${first}: \\d databases, \\d+ bytes, of PostgreSQL 18\\.\\d+.*"orders"`));
  expect(await follow('Check a backup', 'restore-check')).toContain(`backup ${first} is as it was written`);
}));

test('the page restores a database beside the running one', told(async () => {
  await follow('Restore one database beside the running one', 'restore-beside');
  const { status } = await namespace.find('job', 'restore-beside');
  figure(`restore Job ${(Date.parse(status.completionTime) - Date.parse(status.startTime)) / 1000} s`);
  expect(await database.sql(FINGERPRINT, 'orders_restored')).toBe(expected);
}));

test('a backup is restored by its name', told(async () => {
  await restore('named', [`PGSTS_RESTORE=${first}`, 'PGSTS_RESTORE_DATABASE=orders', 'PGSTS_RESTORE_AS=by_name']);
  await ended(namespace, 'named', 'Complete');
  expect(await database.sql(FINGERPRINT, 'by_name')).toBe(expected);
}));

test('the page puts the newest backup in the place of a database, with the server serving meanwhile', told(async () => {
  const { restarts, uid } = await database.life();
  await page.follow('Put a backup in the place of a database', 'kubectl --namespace shop exec orders-db-0');
  await follow('Put a backup in the place of a database', 'restore-orders');
  expect(await database.sql(FINGERPRINT, 'orders')).toBe(expected);
  expect(await database.sql(FINGERPRINT, 'orders_damaged')).toBe(expected);
  expect(await database.life()).toMatchObject({ restarts, uid });
}));

test('the page restores everything into an empty server, where the old password of an application still opens', told(async () => {
  for (const name of ['orders', 'orders_damaged', 'orders_restored', 'by_name']) await database.sql(`DROP DATABASE ${name} WITH (FORCE)`);
  await database.sql('DROP ROLE auditor');
  await follow('Restore everything into an empty server', 'restore-everything');
  expect(await database.sql(FINGERPRINT, 'orders')).toBe(expected);
  const client = await Client.create(namespace, { name: 'client' });
  expect(await client.sql({ host: 'orders-db', user: 'auditor', password: 'audits', database: 'orders' }, 'SELECT count(*) FROM orders')).toBe('9');
}));

test('the page takes a backup into another cluster of a newer major', told(async () => {
  const elsewhere = await Namespace.create('restore-major');
  try {
    // an older one, whose dumps every server of the tests can read
    const image = PostgresImage.custom({ image: 'postgres:15-bookworm' });
    const old = new Database(elsewhere, 'orders-db', {
      database: 'orders', version: PostgresVersion.V15, image, initdb: { locale: Locale.libc('C.UTF-8') }, backups,
    });
    await old.start({}, passwords);
    await fill(old, 'orders');
    await elsewhere.run(['create', 'job', 'old-backup', '--from=cronjob/orders-db-backup']);
    await elsewhere.run(['wait', '--for=condition=Complete', 'job/old-backup', '--timeout=180s'], { seconds: 190 });
    const fresh = new Database(elsewhere, 'new-db', { database: 'orders', backups });
    await fresh.start({}, passwords);
    const book = new Runbook('restore.md', elsewhere);
    await book.follow('Into another cluster, or another major', 'kubectl --namespace shop create job restore-moved ');
    book.delete();
    expect(await fresh.sql('SHOW server_version', 'orders')).toMatch(/^18\./);
    expect(await fresh.sql(FINGERPRINT, 'orders')).toBe(expected);
  } finally {
    await elsewhere.delete();
  }
}));

test('the page closes the door: the Job says what to add, and nobody can log in as the role', told(async () => {
  await page.follow('Close the door', 'kubectl --namespace shop patch secret');
  await database.refresh();
  await until('the role has no password', 90, async () => (await database.sql('SELECT rolpassword IS NULL FROM pg_authid WHERE rolname = \'restore\'')) === 't');
  expect(await namespace.list('jobs', 'cdk8s-postgres/component=restore')).toEqual([]);
  await restore('closed', ['PGSTS_RESTORE_DATABASE=orders', 'PGSTS_RESTORE_AS=again']);
  await ended(namespace, 'closed', 'Failed');
  expect(await jobLog(namespace, 'closed')).toContain('failed: the Secret has no key `restore-password`, or it cannot be read; add the password of the role restore under that key');
}));
