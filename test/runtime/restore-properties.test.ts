import { Claim, Database } from './backup-fixture';
import { open, runRestore } from './restore-fixture';
import { Server, server, servers } from '../support/servers';

const onlyPostgres = { PGSTS_RESTORE_DATABASE: 'postgres' };
const majors = servers.map((each) => [String(each), each] as const);

/** What databases have beside their contents, except what a restored one carries so that the next run knows it. */
const properties = `SELECT datname, datdba::regrole, datconnlimit, datistemplate, shobj_description(d.oid, 'pg_database'),
    (SELECT array_agg(x ORDER BY x::text COLLATE "C") FROM unnest(coalesce(datacl, acldefault('d', datdba))) x),
    (SELECT array_agg(concat(setrole::regrole, ' ', option) ORDER BY setrole::regrole::text, option) FROM pg_db_role_setting, unnest(setconfig) AS option
      WHERE setdatabase = d.oid AND option NOT LIKE 'cdk8s_postgres.%')
  FROM pg_database d WHERE datname <> 'template0' ORDER BY datname`;

/** A closed door, settings that would stop a restore that minds them, and a privilege that came from somebody who had been granted it. */
const closed = (database: string) => `
  REVOKE CONNECT ON DATABASE ${database} FROM PUBLIC; GRANT CONNECT ON DATABASE ${database} TO backup; COMMENT ON DATABASE ${database} IS E'it''s;\\n-- no "';
  ALTER DATABASE ${database} SET work_mem = '10MB'; ALTER DATABASE ${database} SET role = 'grantee'; ALTER DATABASE ${database} SET default_transaction_read_only = on;
  SET default_transaction_read_only = off; ALTER DATABASE ${database} SET statement_timeout = '3s'; ALTER ROLE app IN DATABASE ${database} SET work_mem = '9MB';
  GRANT CONNECT ON DATABASE ${database} TO grantee WITH GRANT OPTION; SET ROLE grantee; GRANT CONNECT ON DATABASE ${database} TO friend; RESET ROLE;`;

const roles = 'CREATE ROLE app LOGIN; CREATE ROLE grantee; CREATE ROLE friend;';

test.each(majors)('%s: a full restore closes the doors that were closed in the backup, in every database, and gives back who granted what', async (_, under: Server) => {
  const source = await Database.start(under, `${roles} CREATE DATABASE orders OWNER app CONNECTION LIMIT 7`);
  for (const name of ['orders', 'template1', 'postgres']) await source.sql(`SET role = postgres; SET default_transaction_read_only = off; ${closed(name).replace('RESET ROLE', 'SET ROLE postgres')}`);
  const expected = await source.sql(properties);
  expect(expected.match(/friend=c\/grantee/g)).toHaveLength(3);
  expect(expected).not.toMatch(/\{"?=[A-Za-z]*c/);
  const claim = new Claim();
  expect(await claim.run(source)).toMatchObject({ status: 0 });
  await source.pod.end();

  const target = await open(await Database.start(under, '', { role: false }));
  const { status, log } = await runRestore(claim, target);
  expect([status, status === 0 ? '' : log]).toEqual([0, '']);
  expect(await target.sql(properties)).toBe(expected);
  const again = await runRestore(claim, target);
  expect([again.status, again.log]).toEqual([0, expect.stringContaining('0 restored and compared, 3 already there')]);
  expect(again.log).toContain('to restore it again, empty it and ALTER DATABASE postgres RESET cdk8s_postgres.restored');
  expect(await target.sql(properties)).toBe(expected);
  await target.pod.end();
});

describe('the database postgres', () => {
  let target: Database;
  beforeAll(async () => { target = await open(await Database.start(server(17), '', { role: false })); });

  test('keeps its settings where the backup has nothing for it and somebody uses it, and that is told', async () => {
    const source = await Database.start(server(17), 'ALTER DATABASE postgres SET work_mem = \'10MB\'');
    const claim = new Claim();
    await claim.run(source);
    await source.pod.end();
    await target.sql('CREATE TABLE live AS SELECT 1 AS id');
    const { status, log } = await runRestore(claim, target, { env: onlyPostgres });
    expect([status, log]).toEqual([0, expect.stringContaining(
      'database "postgres": the backup\'s holds nothing and this server\'s does: it stays as it is, its settings and privileges too')]);
    expect(await target.sql('SHOW work_mem')).toBe('4MB\n');
    await target.sql('DROP TABLE live');
  });

  test('with a schema that the backup has too and nothing in it is empty, and is filled', async () => {
    const source = await Database.start(server(17), 'CREATE ROLE app; CREATE SCHEMA app AUTHORIZATION app; CREATE TABLE app.lines AS SELECT 1 AS id');
    const claim = new Claim();
    await claim.run(source);
    await source.pod.end();
    await target.sql('CREATE SCHEMA app; ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO PUBLIC; CREATE SCHEMA other');
    const { status, log } = await runRestore(claim, target, { env: onlyPostgres });
    expect([status, status === 0 ? '' : log]).toEqual([0, '']);
    expect(await target.sql('SELECT string_agg(concat_ws(\' \', nspname, nspowner::regrole), \',\' ORDER BY nspname) FROM pg_namespace WHERE oid >= 16384 AND nspname !~ \'^pg_\''))
      .toBe('app app,other postgres\n');
    expect(await target.sql('SELECT count(*) FROM app.lines')).toBe('1\n');
  });
});
