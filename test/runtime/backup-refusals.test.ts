import { backupPassword, Claim, Database, finish, Finished, scripts } from './backup-fixture';
import { server } from '../support/servers';

const impatient = scripts((text) => text.replace('server_wait_seconds=120', 'server_wait_seconds=3'));

let database: Database;
beforeAll(async () => {
  database = await Database.start(server(17));
});

/** The last line of a run that must fail and must leave nothing behind. */
async function refusal(options: Parameters<Claim['run']>[1], on = database): Promise<string> {
  const claim = new Claim();
  const finished: Finished = await claim.run(on, options);
  expect(finished.status).toBe(1);
  expect(finished.last).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z orders-db-backup-1 backup: failed: /);
  return finished.last.replace(/^\S+ \S+ backup: failed: /, '');
}

describe('the Secret', () => {
  test.each([
    ['has no key `backup-password`', {}, 'the Secret has no key `backup-password`, or it cannot be read; add the password of the role backup under that key'],
    ['has an empty password', { 'backup-password': '' }, 'the key `backup-password` of the Secret is empty; write the password of the role backup into it'],
    ['has a newline at its end', { 'backup-password': 'word\n' }, 'the key `backup-password` of the Secret holds a line break, perhaps at its end; write the password without one'],
    ['has a carriage return', { 'backup-password': 'word\r' }, 'the key `backup-password` of the Secret holds a line break, perhaps at its end; write the password without one'],
    ['has a NUL byte', { 'backup-password': 'wo\0rd' }, 'the key `backup-password` of the Secret holds a NUL byte; write the password without one'],
  ])('is refused when it %s', async (_, credentials, sentence) => {
    expect(await refusal({ credentials })).toBe(sentence);
  });

  test.each([
    'back\\slash', 'co:lon', ':', '\\', 'quote"\'`', '$HOME $(id)', ' space ', '-dash', '#hash', 'ünï cödé 😀', '%s%n@/', 'x'.repeat(500),
  ])('may hold the password %j', async (password) => {
    await database.setPassword(password);
    const { status, log } = await new Claim().run(database, { credentials: { 'backup-password': password } });
    await database.setPassword(backupPassword);
    expect([status, log]).toEqual([0, expect.not.stringContaining('waiting')]);
  });
});

describe('the server', () => {
  test('is waited for, and named with the reason when it never answers', async () => {
    expect(await refusal({ files: impatient, env: { PGPORT: '5999' } }))
      .toMatch(/^127\.0\.0\.1 did not let backup in for 3 s: .*Connection refused; check that the server is ready, and that the Secret's backup-password/);
  });

  test('that does not accept the password is named with that reason', async () => {
    expect(await refusal({ files: impatient, credentials: { 'backup-password': 'wrong' } })).toContain('password authentication failed for user "backup"; check');
  });

  test('may learn the password while it is waited for', async () => {
    const claim = new Claim();
    const pod = await claim.start(database, { credentials: { 'backup-password': 'new' } });
    await pod.waitForLog('waiting for 127.0.0.1: ');
    await database.setPassword('new');
    const { status, log } = await finish(pod);
    await database.setPassword(backupPassword);
    expect([status, log.split('waiting for').length]).toEqual([0, 2]);
  });

  test('that is newer than pg_dump is refused', async () => {
    const newer = await Database.start(server(18));
    expect(await refusal({ pod: { server: server(17) } }, newer))
      .toBe('the server is PostgreSQL 18.6 and this image\'s pg_dump is 17.10, which cannot read it; give the backup the server\'s image');
  });
});

describe('the role', () => {
  test.each([
    ['BYPASSRLS', 'ALTER ROLE backup NOBYPASSRLS', 'ALTER ROLE backup BYPASSRLS'],
    ['membership in pg_read_all_data', 'REVOKE pg_read_all_data FROM backup', 'GRANT pg_read_all_data TO backup'],
    ['SET lo_compat_privileges = on', 'ALTER ROLE backup RESET ALL', 'ALTER ROLE backup SET lo_compat_privileges = on'],
  ])('that lacks %s is refused before anything is dumped', async (lack, take, give) => {
    await database.sql(take);
    const sentence = await refusal({});
    await database.sql(give);
    expect(sentence).toBe(`the role backup lacks: ${lack}; without it a dump would not hold everything: grant it as superuser`);
  });

  test('that may not connect to a database is refused with its name', async () => {
    await database.sql('CREATE DATABASE "clo""sed"; REVOKE CONNECT ON DATABASE "clo""sed" FROM PUBLIC');
    const sentence = await refusal({});
    await database.sql('GRANT CONNECT ON DATABASE "clo""sed" TO backup');
    expect(sentence).toBe('the role backup may not connect to: "clo\\"sed"; as superuser: GRANT CONNECT ON DATABASE … TO "backup"');
    expect(await new Claim().run(database)).toMatchObject({ status: 0 });
  });

  test('may be a superuser, of whom none of this is asked', async () => {
    await database.sql('CREATE ROLE boss SUPERUSER LOGIN PASSWORD \'boss\'');
    expect(await new Claim().run(database, { env: { PGUSER: 'boss' }, credentials: { 'backup-password': 'boss' } })).toMatchObject({ status: 0 });
  });
});

describe('the Job', () => {
  test.each(['PGHOST', 'PGPORT', 'PGUSER', 'PGSTS_NAME', 'PGSTS_BACKUP_DIRECTORY'])('needs %s', async (name) => {
    expect(await refusal({ env: { [name]: '' } })).toBe(`the variable ${name} is not set; the CronJob of cdk8s-postgres sets it: start the Job from it`);
  });

  test.each([
    ['PGSTS_BACKUP_JOBS', '0', 1], ['PGSTS_KEEP_MINIMUM', '0', 1], ['PGSTS_KEEP_LAST', '-1', 0], ['PGSTS_KEEP_DAILY', 'x[$(id)]', 0],
    ['PGSTS_KEEP_WEEKLY', '', 0], ['PGSTS_KEEP_MONTHLY', '08', 0],
  ])('is refused with %s=%s', async (name, value, least) => {
    expect(await refusal({ env: { [name]: value } })).toBe(`the variable ${name} is \`${value}\`; it must be a whole number of at least ${least}`);
  });

  test('is refused a name that is no directory', async () => {
    expect(await refusal({ env: { PGSTS_NAME: '../x' } })).toContain('is no name of a directory; set the name of the cluster');
  });

  test('says when the claim is not there or not writable', async () => {
    expect(await refusal({ env: { PGSTS_BACKUP_DIRECTORY: '/nowhere' } }))
      .toBe('/nowhere/orders-db cannot be made; check that the backup claim is mounted there and that this user may write to it');
  });
});

describe('an owner of a database', () => {
  test('cannot have code run with the privileges of the backup', async () => {
    await database.sql('CREATE ROLE mallory LOGIN; CREATE DATABASE theirs OWNER mallory');
    await database.sql(`CREATE SCHEMA evil; CREATE TABLE evil.loot (who text, verifier text); GRANT INSERT ON evil.loot TO PUBLIC; GRANT USAGE ON SCHEMA evil TO PUBLIC;
      CREATE FUNCTION evil.steal(name, name) RETURNS bool LANGUAGE plpgsql AS
        $$BEGIN INSERT INTO evil.loot SELECT rolname, rolpassword FROM pg_authid; RETURN true; EXCEPTION WHEN OTHERS THEN RETURN true; END$$;
      CREATE OPERATOR evil.= (leftarg = name, rightarg = name, function = evil.steal);
      ALTER DATABASE theirs SET search_path = evil, pg_catalog`, 'theirs', 'mallory');
    expect(await new Claim().run(database)).toMatchObject({ status: 0 });
    expect(await database.sql('SELECT count(*) FROM evil.loot', 'theirs')).toBe('0\n');
  });
});
