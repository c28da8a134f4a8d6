import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { adopt, oldClaim } from './adopt-fixture';
import { serving, sql, start, state } from './fixture';
import { ExecResult, Pod } from '../support/pod';
import { server, servers } from '../support/servers';

jest.setTimeout(180_000);

const LIBC = 'glibc-2.36';

const SCRIPT = readFileSync(join(__dirname, '../../examples/09-migrate-deployment/owner.sql'));

function owner(pod: Pod, database: string, role: string): Promise<ExecResult> {
  return pod.exec(['psql', '-X', '-q', '-U', 'postgres', '-d', database, '-v', `role=${role}`, '-f', '-'], { input: SCRIPT });
}

/** As a role over TCP, with what the role has set for its sessions. */
async function as(pod: Pod, role: string, database: string, text: string): Promise<string> {
  const { stdout, stderr } = await pod.exec(['psql', '-XAtqw', '-h', '127.0.0.1', '-U', role, '-d', database, '-c', text], { env: { PGPASSWORD: 'old-secret' } });
  return `${stdout}${stderr}`.trim();
}

/** What an old superuser and its application may have made of themselves. */
const CLUSTER = `
ALTER ROLE legacy PASSWORD 'old-secret' CONNECTION LIMIT 9 VALID UNTIL '2999-01-01';
CREATE ROLE team; CREATE ROLE reader LOGIN PASSWORD 'old-secret'; CREATE ROLE deputy; GRANT team TO legacy WITH ADMIN OPTION; GRANT legacy TO deputy;
CREATE DATABASE legacy OWNER legacy; CREATE DATABASE second OWNER legacy;
ALTER ROLE legacy SET search_path = app, "Two, ""words""", public; ALTER ROLE legacy SET statement_timeout = '30s'; ALTER ROLE legacy SET "my.own" = 'it''s';
ALTER ROLE legacy IN DATABASE legacy SET work_mem = '9MB'`;

const INSIDE = `
SET ROLE legacy;
CREATE SCHEMA app; CREATE TABLE app.t AS SELECT 1 AS a; CREATE PUBLICATION pub FOR TABLE app.t; CREATE PUBLICATION everything FOR ALL TABLES;
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO reader WITH GRANT OPTION; ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
GRANT USAGE ON SCHEMA app TO reader; SELECT lo_from_bytea(47110, 'x');
CREATE TEXT SEARCH DICTIONARY app.dict (TEMPLATE = simple); CREATE TEXT SEARCH CONFIGURATION app.cfg (COPY = simple); CREATE STATISTICS app.st ON a, (a + 1) FROM app.t;
CREATE COLLATION app.c FROM "C"; CREATE CONVERSION app.conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE FUNCTION app.plus(int, int) RETURNS int LANGUAGE sql AS 'SELECT $1 + $2'; CREATE OPERATOR app.@@@ (LEFTARG = int, RIGHTARG = int, FUNCTION = app.plus);
CREATE FOREIGN DATA WRAPPER nothing; CREATE SERVER far FOREIGN DATA WRAPPER nothing; CREATE USER MAPPING FOR legacy SERVER far OPTIONS (password 'it''s')`;

/** Names of what belongs to a role in a database, of every kind that can be given to an ordinary role. */
const OWNED = (role: string): string => `
SELECT string_agg(name, ' ' ORDER BY name) FROM (
  SELECT oid, nspname::text AS name, nspowner AS owner FROM pg_namespace UNION ALL SELECT oid, relname, relowner FROM pg_class WHERE relkind = 'r'
  UNION ALL SELECT oid, cfgname, cfgowner FROM pg_ts_config UNION ALL SELECT oid, dictname, dictowner FROM pg_ts_dict UNION ALL SELECT oid, stxname, stxowner FROM pg_statistic_ext
  UNION ALL SELECT oid, collname, collowner FROM pg_collation UNION ALL SELECT oid, conname, conowner FROM pg_conversion UNION ALL SELECT oid, oprname, oprowner FROM pg_operator
  UNION ALL SELECT oid, proname, proowner FROM pg_proc UNION ALL SELECT oid, srvname, srvowner FROM pg_foreign_server UNION ALL SELECT oid, pubname, pubowner FROM pg_publication
  UNION ALL SELECT oid, oid::text, lomowner FROM pg_largeobject_metadata UNION ALL SELECT oid, datname, datdba FROM pg_database
) AS things WHERE oid >= 16384 AND owner = '${role}'::regrole`;

test.each(servers)('%s: owner.sql leaves an application with everything that it had but the superuser, in each of its databases, and may be run again', async (postgres) => {
  const claim = await oldClaim(postgres, { directory: '.', superuser: 'legacy' });
  const pod = await start(postgres, { claim, env: { PGSTS_ACKNOWLEDGED_LIBC: LIBC } });
  await state(pod, 'waiting', 'old-layout');
  expect((await adopt(pod, `--libc=${LIBC}`)).status).toBe(0);
  await state(pod, 'running');
  await sql(pod, CLUSTER);
  await sql(pod, INSIDE, 'legacy');
  await sql(pod, 'SET ROLE legacy; CREATE TABLE other (n int)', 'second');
  expect(await owner(pod, 'legacy', 'legacy')).toMatchObject({ status: 0, stderr: '', stdout: '' });
  expect(await owner(pod, 'second', 'legacy')).toMatchObject({ status: 0, stderr: '', stdout: '' });
  expect(await owner(pod, 'legacy', 'legacy')).toMatchObject({ status: 0, stderr: '', stdout: '' });

  expect(await sql(pod, OWNED('legacy'), 'legacy')).toBe('47110 @@@ app c cfg conv dict far legacy plus pub second st t');
  expect(await sql(pod, OWNED('legacy_before'), 'legacy')).toBe('everything shop');
  expect(await sql(pod, OWNED('legacy'), 'second')).toBe('legacy other second');
  expect(await sql(pod, "SELECT rolsuper, rolconnlimit, rolvaliduntil IS NOT NULL FROM pg_roles WHERE rolname = 'legacy'")).toBe('f|9|t');
  expect(await sql(pod, "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'legacy_before'")).toBe('f');
  // nobody is left who could become the old superuser
  expect(await sql(pod, "SELECT count(*) FROM pg_auth_members WHERE roleid = 'legacy_before'::regrole")).toBe('0');
  expect(await sql(pod, "SELECT pg_has_role('legacy', 'team', 'MEMBER WITH ADMIN OPTION'), pg_has_role('deputy', 'legacy', 'USAGE')")).toBe('t|t');

  expect(await as(pod, 'legacy', 'legacy', 'SELECT count(*) FROM t')).toBe('1');
  for (const [name, value] of [['search_path', 'app, "Two, ""words""", public'], ['statement_timeout', '30s'], ['my.own', "it's"], ['work_mem', '9MB']]) {
    expect([name, await as(pod, 'legacy', 'legacy', `SHOW ${name}`)]).toEqual([name, value]);
  }
  expect(await as(pod, 'legacy', 'legacy', 'SELECT lo_get(47110)')).toBe('\\x78');
  expect(await as(pod, 'legacy', 'legacy', "SELECT umoptions FROM pg_user_mappings WHERE usename = 'legacy'")).toBe("{password=it's}");
  await as(pod, 'legacy', 'legacy', 'CREATE TABLE app.later AS SELECT 7; CREATE FUNCTION app.hidden() RETURNS int LANGUAGE sql AS \'SELECT 1\'');
  expect(await as(pod, 'reader', 'legacy', 'SELECT * FROM app.later')).toBe('7');
  expect(await as(pod, 'reader', 'legacy', 'SELECT app.hidden()')).toContain('permission denied for function hidden');
  await pod.end();
});

test('owner.sql takes more large objects than a transaction has locks for', async () => {
  const pod = await serving(server(17));
  await sql(pod, 'CREATE ROLE legacy SUPERUSER LOGIN', 'shop');
  await sql(pod, 'SET ROLE legacy; SELECT count(lo_create(0)) FROM generate_series(1, 9000)', 'shop');
  expect(await owner(pod, 'shop', 'legacy')).toMatchObject({ status: 0, stderr: '' });
  expect(await sql(pod, 'SELECT lomowner::regrole, count(*) FROM pg_largeobject_metadata GROUP BY 1', 'shop')).toBe('legacy|9000');
  await pod.end();
});
