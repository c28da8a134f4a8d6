import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Claim, Database, scripts } from './backup-fixture';
import { before, databases, dropOthers, open, own, runRestore, sumAgain, waiting } from './restore-fixture';
import { server } from '../support/servers';

const onlyOrders = { PGSTS_RESTORE_DATABASE: 'orders' };
const onlyPostgres = { PGSTS_RESTORE_DATABASE: 'postgres' };
const claim = new Claim();
let target: Database;

beforeAll(async () => {
  const source = await Database.start(server(17), `CREATE DATABASE orders; CREATE DATABASE zeta; CREATE ROLE team; CREATE ROLE boss; CREATE ROLE member;
    GRANT team TO boss WITH ADMIN OPTION; GRANT team TO member GRANTED BY boss; CREATE TABLE own AS SELECT generate_series(1, 2000) AS id`);
  await source.sql('CREATE TABLE lines AS SELECT generate_series(1, 10) AS id', 'orders');
  await source.sql('CREATE TABLE pattern AS SELECT 1 AS id', 'template1');
  expect(await claim.run(source)).toMatchObject({ status: 0 });
  await source.pod.end();
  target = await open(await Database.start(server(17), '', { role: false }));
});

/** As if nothing had been restored. */
afterEach(async () => {
  await dropOthers(target);
  await target.sql('DROP TABLE IF EXISTS own, live; ALTER DATABASE postgres RESET ALL; DROP ROLE IF EXISTS team, boss, member, backup');
});

const rows = (table: string, database: string) => target.sql(`SELECT count(*) FROM ${table}`, database);
const marks = () => target.sql('SELECT unnest(setconfig) FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase WHERE datname = \'postgres\'');

test('a database that every server has goes beside the running one under another name, and is an ordinary one there', async () => {
  await target.sql('CREATE TABLE live AS SELECT 1 AS id');
  expect(await runRestore(claim, target, { env: { ...onlyPostgres, PGSTS_RESTORE_AS: 'beside' } })).toMatchObject({ status: 0 });
  expect(await runRestore(claim, target, { env: { PGSTS_RESTORE_DATABASE: 'template1', PGSTS_RESTORE_AS: 'beside1' } })).toMatchObject({ status: 0 });
  expect([await rows('own', 'beside'), await rows('pattern', 'beside1')]).toEqual(['2000\n', '1\n']);
  expect(await target.sql('SELECT string_agg(relname, \',\') FROM pg_class WHERE relnamespace = \'public\'::regnamespace')).toBe('live\n');
  expect(await target.sql('SELECT bool_or(datistemplate) FROM pg_database WHERE datname LIKE \'beside%\'')).toBe('f\n');
  expect(await marks()).toBe('');
});

describe('the session that keeps other restores away', () => {
  test('is missed when the server has ended it, before anything is put in place', async () => {
    const { goOn } = await waiting(claim, target, 'compare "$1" "$2" "$staging"', onlyOrders);
    await target.sql('SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = \'advisory\'');
    const { status, last } = await goOn();
    expect([status, last]).toEqual([1, expect.stringMatching(/failed: the session that keeps other restores away was ended; no database was replaced by half/)]);
    expect(await databases(target)).not.toContain('orders');
    expect(await runRestore(claim, target, { env: onlyOrders })).toMatchObject({ status: 0 });
    expect(await databases(target)).toEqual(['orders', ...own]);
  });

  test('outlives a server that ends idle sessions', async () => {
    await target.sql('ALTER ROLE restore SET idle_session_timeout = \'300ms\'');
    const files = before('compare "$1" "$2" "$staging"', 'run sleep 2');
    const { status, log } = await runRestore(claim, target, { env: onlyOrders, files });
    await target.sql('ALTER ROLE restore RESET ALL');
    expect([status, status === 0 ? '' : log]).toEqual([0, '']);
  });
});

describe('a mark is not believed', () => {
  test('where the database is empty now: it is restored again', async () => {
    expect(await runRestore(claim, target, { env: onlyOrders })).toMatchObject({ status: 0 });
    await target.sql('DROP TABLE lines', 'orders');
    expect((await runRestore(claim, target, { env: onlyOrders })).last).toContain('1 restored and compared, 0 already there');
    expect(await rows('lines', 'orders')).toBe('10\n');
  });

  test('of what was filled in place and not compared: it is compared by the next run', async () => {
    const compared = 'compare "$1" "$2" "${target_of[$1]}"';
    expect(await runRestore(claim, target, { env: onlyPostgres, files: before(compared, 'told=yes; exit 9') })).toMatchObject({ status: 9 });
    expect(await marks()).toMatch(/^cdk8s_postgres\.filled=\S+\n$/);
    const { status, log } = await runRestore(claim, target, { env: onlyPostgres });
    expect([status, log]).toEqual([0, expect.stringContaining('database "postgres": an earlier run has filled it, it is compared')]);
    expect(await marks()).toMatch(/^cdk8s_postgres\.restored=\S+\n$/);
  });

  test('and not set in place where rows are missing, however often it is tried', async () => {
    const copy = new Claim();
    copy.copy(claim.directory, '../orders-db');
    const record = join(copy.newest, 'backup.json');
    writeFileSync(record, readFileSync(record, 'utf8').replace('"rows": 2000,', '"rows": 2001,'));
    sumAgain(copy.newest);
    for (let turn = 0; turn < 2; turn++) {
      const { status, last } = await runRestore(copy, target, { env: onlyPostgres });
      expect([status, last]).toEqual([1, expect.stringMatching(
        /its dump is damaged; use another backup, after emptying the database "postgres": what was filled in is still there, and does not count as restored$/)]);
      expect(await marks()).not.toContain('restored');
    }
  });
});

test('what fails behind the large objects of a database that is filled in place leaves nothing of it', async () => {
  const source = await Database.start(server(17), `SELECT lo_from_bytea(0, 'x'); CREATE TABLE own AS SELECT 1 AS id;
    CREATE FUNCTION same(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN $1; END'; CREATE INDEX ON own (same(id));
    CREATE OR REPLACE FUNCTION same(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END'`);
  const hostile = new Claim();
  expect(await hostile.run(source)).toMatchObject({ status: 0 });
  await source.pod.end();
  const { status, last } = await runRestore(hostile, target, { env: onlyPostgres });
  expect([status, last]).toEqual([1, expect.stringContaining('the database "postgres" could not be restored, the reason stands above; nothing of it was restored')]);
  expect(await target.sql('SELECT count(*) FROM pg_largeobject_metadata')).toBe('0\n');
  expect(await target.sql("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace")).toBe('0\n');
  expect(await marks()).toBe('');
});

test('a complete copy stays when the last step fails, the reason is told, and the next run goes on from there', async () => {
  const files = scripts((text) => text.replace('insist "$1" query postgres "$rename"', () => 'insist "$1" query postgres \'DO $$BEGIN RAISE $_$is being accessed by other users$_$; END$$\''));
  const { status, last } = await runRestore(claim, target, { env: onlyOrders, files });
  expect([status, last]).toEqual([1, expect.stringMatching(/could not be put in its place: ERROR: +is being accessed by other users; start the restore again, which goes on/)]);
  const next = await runRestore(claim, target, { env: onlyOrders });
  expect([next.status, next.log]).toEqual([0, expect.stringContaining('database "orders": an earlier run has restored it, it is put in its place')]);
  expect([await databases(target), await rows('lines', 'orders')]).toEqual([['orders', ...own], '10\n']);
});

test.each([
  ['types', 'CREATE TYPE pair AS (a int, b int)'],
  ['publications', 'CREATE PUBLICATION p'],
  ['collations', 'CREATE COLLATION c FROM "C"'],
  ['operators', 'CREATE OPERATOR === (FUNCTION = int4eq, LEFTARG = int, RIGHTARG = int)'],
  ['foreign data wrappers', 'CREATE FOREIGN DATA WRAPPER w'],
  ['foreign servers', 'CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w'],
  ['functions, 1 event triggers', 'CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS \'BEGIN END\'; CREATE EVENT TRIGGER t ON sql_drop EXECUTE FUNCTION f()'],
  ['access methods', 'CREATE ACCESS METHOD mine TYPE TABLE HANDLER heap_tableam_handler'],
  ['languages', 'CREATE LANGUAGE another HANDLER plpgsql_call_handler'],
  ['transforms', 'CREATE TRANSFORM FOR int LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal))'],
  ['text search parsers', 'CREATE TEXT SEARCH PARSER p (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype)'],
  ['text search templates', 'CREATE TEXT SEARCH TEMPLATE t (LEXIZE = dsimple_lexize)'],
  ['default privileges', 'ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC'],
  ['text search configurations', 'CREATE TEXT SEARCH CONFIGURATION c (PARSER = "default")'],
])('a database with %s is not empty', async (what, sql) => {
  await target.sql('CREATE DATABASE orders');
  await target.sql(sql, 'orders');
  const { status, last } = await runRestore(claim, target, { env: onlyOrders });
  expect([status, last]).toEqual([1, expect.stringMatching(`failed: the database "orders" is not empty \\((1 .*, )?1 ${what}(, .*)?\\); nothing was changed`)]);
});

test('a database with default privileges in a schema alone is empty: a program declares them', async () => {
  await target.sql('CREATE DATABASE orders');
  await target.sql('CREATE SCHEMA app; ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO PUBLIC', 'orders');
  expect(await runRestore(claim, target, { env: onlyOrders })).toMatchObject({ status: 0 });
});

test('a session of the restore is in no view of statements', async () => {
  const settings = ['pg_stat_statements.track', 'track_activities', 'debug_print_parse', 'debug_print_rewritten', 'debug_print_plan'];
  const asked = `query postgres "SELECT concat_ws(' ', ${settings.map((name) => `current_setting('${name}')`).join(', ')})"; log "settings \${fields[0]}"`;
  expect((await runRestore(claim, target, { env: onlyOrders, files: before('examine_targets\n', asked) })).log).toContain('settings none off off off off\n');
});

test('a membership is restored whose grantor exists here and may not grant', async () => {
  await target.sql('CREATE ROLE team; CREATE ROLE boss');
  const { status, log } = await runRestore(claim, target, { env: onlyOrders });
  expect([status, status === 0 ? '' : log]).toEqual([0, '']);
  expect(await target.sql('SELECT pg_has_role(\'member\', \'team\', \'USAGE\')')).toBe('t\n');
});

test('a database that a killed restore has closed is open again at the next one, whatever that restores', async () => {
  await target.sql('CREATE DATABASE orders CONNECTION LIMIT 7');
  const { pod } = await waiting(claim, target, 'what_is_in "${target_of[$1]}" || fail', onlyOrders);
  const limit = 'SELECT datconnlimit FROM pg_database WHERE datname = \'orders\'';
  expect(await target.sql(limit)).toBe('0\n');
  await pod.end();
  expect(await runRestore(claim, target, { env: { PGSTS_RESTORE_DATABASE: 'zeta' } })).toMatchObject({ status: 0 });
  expect(await target.sql(limit)).toBe('7\n');
  expect(await target.sql('SELECT count(*) FROM pg_db_role_setting, unnest(setconfig) option WHERE option LIKE \'cdk8s_postgres.limit=%\'')).toBe('0\n');
});
