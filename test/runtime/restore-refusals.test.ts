import { Claim, Database, scripts } from './backup-fixture';
import { databases, open, runRestore } from './restore-fixture';
import { server } from '../support/servers';

const impatient = scripts((text) => text.replace('server_wait_seconds=120', 'server_wait_seconds=3'));
const claim = new Claim();
let target: Database;

beforeAll(async () => {
  const source = await Database.start(server(17), 'CREATE DATABASE orders; CREATE DATABASE zeta');
  await source.sql('CREATE TABLE lines AS SELECT i AS id FROM generate_series(1, 10) i', 'orders');
  for (let turn = 0; turn < 2; turn++) expect(await claim.run(source)).toMatchObject({ status: 0 });
  await source.pod.end();
  target = await open(await Database.start(server(17), 'CREATE DATABASE full_one'));
  await target.sql('CREATE SCHEMA s; CREATE TYPE s.colour AS ENUM (\'red\')', 'full_one');
});

/** The last line of a restore that must fail and must change nothing. */
async function refusal(env: Record<string, string>, options: Parameters<Claim['run']>[1] = {}): Promise<string> {
  const before = await databases(target);
  const { status, last } = await runRestore(claim, target, { env, ...options });
  expect([status, await databases(target)]).toEqual([1, before]);
  expect(last).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z orders-db-restore-1 restore: failed: /);
  return last.replace(/^\S+ \S+ restore: failed: /, '');
}

describe('the door', () => {
  test('is closed without the key, and the sentence says what to add', async () => {
    expect(await refusal({}, { credentials: {} }))
      .toBe('the Secret has no key `restore-password`, or it cannot be read; add the password of the role restore under that key');
  });

  test('is closed to a wrong password', async () => {
    expect(await refusal({}, { credentials: { 'restore-password': 'wrong' }, files: impatient }))
      .toMatch(/did not let restore in for 3 s: .*password authentication failed for user "restore"; check .*Secret's restore-password is the one it knows$/);
  });

  test('is closed to a role that is no superuser', async () => {
    await target.sql('ALTER ROLE restore NOSUPERUSER');
    const sentence = await refusal({});
    await target.sql('ALTER ROLE restore SUPERUSER');
    expect(sentence).toBe('the role restore is no superuser, and only one can restore everything; make it one');
  });
});

describe('what is asked for', () => {
  test.each([
    ['tomorrow', /^PGSTS_RESTORE is `tomorrow`; set it to `latest` or to the name of a backup/],
    ['../../etc/latest', /^PGSTS_RESTORE is/],
    ['./latest', /^PGSTS_RESTORE is/],
    ['a\'b/latest', /^PGSTS_RESTORE is/],
    ['20200101T000000Z', /^there is no backup 20200101T000000Z of orders-db on this claim; list what is there with PGSTS_RESTORE_ACTION=list$/],
    ['other-db/latest', /^there are no backups of other-db on this claim; check the claim/],
  ])('must be a backup: %s', async (wanted, sentence) => {
    expect(await refusal({ PGSTS_RESTORE: wanted })).toMatch(sentence);
  });

  test('must be a database of the backup, and those are named', async () => {
    expect(await refusal({ PGSTS_RESTORE_DATABASE: 'nothing' }))
      .toBe('the backup holds no database `nothing`; it holds: "template1" "postgres" "orders" "zeta"');
  });

  test('must be an action', async () => {
    expect(await refusal({ PGSTS_RESTORE_ACTION: 'drop' })).toMatch(/^PGSTS_RESTORE_ACTION is `drop`/);
  });

  test('may have another name only where it is one database', async () => {
    expect(await refusal({ PGSTS_RESTORE_AS: 'beside' })).toMatch(/^PGSTS_RESTORE_AS is a name for one database/);
    expect(await refusal({ PGSTS_RESTORE_AS: 'template1', PGSTS_RESTORE_DATABASE: 'orders' })).toMatch(/^PGSTS_RESTORE_AS is `template1`/);
  });

  test('must not be in the place of a database that holds anything, whatever it is', async () => {
    expect(await refusal({ PGSTS_RESTORE_DATABASE: 'orders', PGSTS_RESTORE_AS: 'full_one' }))
      .toMatch(/^the database "full_one" is not empty \(1 types\); nothing was changed: drop or rename what nobody needs/);
  });
});

test('list tells the complete backups, newest first, without a server or a password', async () => {
  const { status, log } = await runRestore(claim, target, { env: { PGSTS_RESTORE_ACTION: 'list', PGPORT: '1' }, credentials: {} });
  const named = [...log.matchAll(/restore: (\d{8}T\d{6}Z): 4 databases, \d+ bytes, of PostgreSQL 17\.10: "template1" "postgres" "orders" "zeta"\n/g)].map(([, name]) => name);
  expect([status, named]).toEqual([0, [...claim.backups].reverse()]);
});

test('check reads every byte, without a server or a password', async () => {
  const { status, last } = await runRestore(claim, target, { env: { PGSTS_RESTORE_ACTION: 'check', PGPORT: '1' }, credentials: {} });
  expect([status, last]).toEqual([0, expect.stringContaining(`backup ${claim.backups[1]} is as it was written: "template1" "postgres" "orders" "zeta"`)]);
});

test('one database of a named backup goes beside the running one, under another name', async () => {
  await target.sql('CREATE DATABASE orders; CREATE ROLE stays LOGIN PASSWORD \'x\'');
  const verifier = 'SELECT rolpassword FROM pg_authid WHERE rolname = \'stays\'';
  const before = await target.sql(verifier);
  await target.sql('CREATE TABLE live AS SELECT 1 AS id', 'orders');
  const env = { PGSTS_RESTORE: `orders-db/${claim.backups[0]}`, PGSTS_RESTORE_DATABASE: 'orders', PGSTS_RESTORE_AS: 'orders "of" Monday' };
  expect(await runRestore(claim, target, { env })).toMatchObject({ status: 0 });
  expect(await target.sql('SELECT count(*) FROM lines', 'orders "of" Monday')).toBe('10\n');
  expect(await target.sql('SELECT count(*) FROM live', 'orders')).toBe('1\n');
  expect(await target.sql(verifier)).toBe(before);
});

test('a PATH of busybox applets and bash will do', async () => {
  const env = { PGSTS_RESTORE_DATABASE: 'orders', PGSTS_RESTORE_AS: 'with_busybox' };
  const { status, log } = await runRestore(claim, target, { env, pod: { programs: 'busybox' } });
  expect([status, status === 0 ? '' : log]).toEqual([0, '']);
});
