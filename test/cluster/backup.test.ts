import { Client } from './support/client';
import { Database } from './support/database';
import { addAuditor, backups as onlyByHand, ended, fill, FINGERPRINT, jobLog } from './support/dumped';
import { diagnosed, Namespace } from './support/namespace';
import { figure, until } from './support/wait';

let namespace: Namespace;
let database: Database;
let reader: Client;
const told = diagnosed(() => namespace);

beforeAll(told(async () => {
  namespace = await Namespace.create('backup');
  database = new Database(namespace, 'kept-db', {
    database: 'app',
    backups: onlyByHand,
  });
  await database.start({}, { 'backup-password': 'for \'backups\' only' });
  await fill(database, 'app');
  await addAuditor(database, 'app');
}));

afterAll(async () => {
  await namespace?.delete();
});

async function startJob(name: string): Promise<void> {
  await namespace.run(['create', 'job', name, '--from=cronjob/kept-db-backup']);
}

async function backups(): Promise<string[]> {
  return (await reader.run(['bash', '-c', 'cd /claim/kept-db && ls -d 2*'])).trim().split('\n');
}

test('a Job made from the CronJob by hand completes in a namespace that enforces the restricted standard', told(async () => {
  await startJob('by-hand');
  const { status } = await ended(namespace, 'by-hand', 'Complete');
  figure(`backup Job ${(Date.parse(status.completionTime) - Date.parse(status.startTime)) / 1000} s`);
  expect(status.failed ?? 0).toBe(0);
}));

test('the claim holds globals, every database, checksums and a record, and every checksum is right', told(async () => {
  reader = await Client.create(namespace, { name: 'reader', claim: 'kept-db-backup' });
  const [backup] = await backups();
  const files = (await reader.run(['bash', '-c', `cd /claim/kept-db/${backup} && ls`])).trim().split('\n');
  expect(files).toEqual(expect.arrayContaining(['SHA256SUMS', 'backup.json', 'globals.sql', expect.stringMatching(/^\d+-app$/), expect.stringMatching(/^\d+-postgres$/)]));
  await reader.run(['bash', '-c', `cd /claim/kept-db/${backup} && sha256sum --check --strict --quiet SHA256SUMS`]);
  const record = JSON.parse(await reader.run(['cat', `/claim/kept-db/${backup}/backup.json`]));
  expect(record.name).toBe('kept-db');
  expect(record.systemIdentifier).toBe(await database.sql('SELECT system_identifier FROM pg_control_system()'));
}));

test('a dump restores row by row into another database of the same server', told(async () => {
  const [backup] = await backups();
  const folder = (await reader.run(['bash', '-c', `cd /claim/kept-db/${backup} && ls -d *-app`])).trim();
  await database.sql('CREATE DATABASE restored OWNER app');
  await restore(database, `/claim/kept-db/${backup}/${folder}`);
  expect(await database.sql(FINGERPRINT, 'restored')).toBe(await database.sql(FINGERPRINT, 'app'));
}));

test('globals and dump restore into another server, with the roles\' passwords', told(async () => {
  const other = new Database(namespace, 'other-db', { database: 'app' });
  await other.start({}, { password: 'another one' });
  const [backup] = await backups();
  const folder = (await reader.run(['bash', '-c', `cd /claim/kept-db/${backup} && ls -d *-app`])).trim();
  const globals = await reader.run(['cat', `/claim/kept-db/${backup}/globals.sql`]);
  expect(globals).toContain('SCRAM-SHA-256$');
  // Roles that are there already stop nothing: what is new is made.
  await namespace.run(['exec', '--stdin', other.pod, '--', 'psql', '-Xq', '-U', 'postgres', '-d', 'postgres'], { input: globals });
  await other.sql('CREATE DATABASE restored OWNER app');
  await restore(other, `/claim/kept-db/${backup}/${folder}`);
  expect(await other.sql(FINGERPRINT, 'restored')).toBe(await database.sql(FINGERPRINT, 'app'));
  const auditor = { host: 'other-db', user: 'auditor', password: 'audits', database: 'restored' };
  expect(await reader.sql(auditor, 'SELECT count(*) FROM orders WHERE id < 10')).toBe('9');
}));

/** By hand: `pg_restore` writes a script in the pod that mounts the claim, and psql runs it as superuser in the server's pod. */
async function restore(target: Database, dump: string): Promise<void> {
  const script = await reader.run(['pg_restore', '--file=-', dump]);
  const command = ['exec', '--stdin', target.pod, '--', 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '--single-transaction', '-U', 'postgres', '-d', 'restored'];
  await namespace.run(command, { input: script });
}

test('a second Job at the same time is refused by the lock and says who holds it, and the first completes', told(async () => {
  const before = await backups();
  const session = database.sql('BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(20); COMMIT', 'app');
  await startJob('first');
  await until('the first Job waits for the table', 60, async () =>
    (await database.sql('SELECT count(*) FROM pg_locks WHERE NOT granted')) !== '0');
  await startJob('second');
  await until('the second Job has failed once', 60, async () => (await namespace.find('job', 'second')).status.failed >= 1);
  const said = await jobLog(namespace, 'second');
  expect(said).toMatch(/another backup runs on this claim \(first-.* since /);
  await namespace.run(['delete', 'job', 'second']);
  await session;
  await ended(namespace, 'first', 'Complete');
  expect((await backups()).length).toBe(before.length + 1);
}));

test('a Job that cannot log in fails with a sentence, leaves nothing half, and earlier backups stay', told(async () => {
  const before = await backups();
  await namespace.run(['patch', 'secret', 'kept-db-credentials', '--type=json', '--patch', '[{"op":"remove","path":"/data/backup-password"}]']);
  await startJob('without-password');
  await until('the Job has failed once', 60, async () => (await namespace.find('job', 'without-password')).status.failed >= 1);
  expect(await jobLog(namespace, 'without-password')).toContain('the Secret has no key `backup-password`');
  await namespace.run(['delete', 'job', 'without-password']);
  expect(await backups()).toEqual(before);
  expect(await reader.run(['bash', '-c', 'ls -A /claim/kept-db'])).not.toContain('.partial');
}));

test('the claim survives the CronJob and its Jobs', told(async () => {
  const before = await backups();
  await namespace.run(['delete', 'cronjob', 'kept-db-backup', '--cascade=foreground']);
  await until('the Jobs are gone', 60, async () => (await namespace.list('jobs')).length === 0);
  const claim = await namespace.find('persistentvolumeclaim', 'kept-db-backup');
  expect(claim.metadata.deletionTimestamp).toBeUndefined();
  expect(claim.metadata.ownerReferences).toBeUndefined();
  expect(await backups()).toEqual(before);
}));
