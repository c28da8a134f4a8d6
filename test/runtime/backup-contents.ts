import { Database, succeed } from './backup-fixture';

/** Names that break shells, JSON, connection strings and paths. */
export const hostileNames = [
  'it\'s "quoted" \\ back', 'a/b/../c', '--file=x', 'host=evil dbname=postgres', 'postgresql://evil/x',
  'tab\there\u0001\u007f', 'line\nbreak', '日本語 é 😀', '$(touch /tmp/x)`id`;*', ' ', '.', '..', '%41', 'x'.repeat(63),
];

export const identifier = (name: string) => `"${name.replace(/"/g, '""')}"`;

/** Everything that a dump by a lesser role would lose, in silence or not. */
const contents = `
  CREATE TABLE plain (id bigint PRIMARY KEY, note text, amount numeric, raw bytea, at timestamptz, list int[], document jsonb);
  INSERT INTO plain SELECT i, repeat(md5(i::text), i % 9) || E'\\t\\\\N\\n' || chr(233), i / 7.0, decode(md5(i::text), 'hex'),
    'epoch'::timestamptz + i * interval '1 hour', ARRAY[i, NULL], jsonb_build_object('i', i, 'n', NULL) FROM generate_series(1, 5000) i;
  CREATE TABLE secret_rows (id int, owner name); ALTER TABLE secret_rows OWNER TO app;
  ALTER TABLE secret_rows ENABLE ROW LEVEL SECURITY; ALTER TABLE secret_rows FORCE ROW LEVEL SECURITY;
  CREATE POLICY nobody ON secret_rows USING (false);
  INSERT INTO secret_rows SELECT i, 'somebody' FROM generate_series(1, 777) i;
  CREATE SCHEMA closed AUTHORIZATION app; REVOKE ALL ON SCHEMA closed FROM PUBLIC;
  CREATE TABLE closed.parts (id int, day date) PARTITION BY RANGE (day); ALTER TABLE closed.parts OWNER TO app;
  CREATE TABLE closed.parts_2026 PARTITION OF closed.parts FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
  INSERT INTO closed.parts SELECT i, '2026-01-01'::date + i FROM generate_series(1, 300) i;
  CREATE SEQUENCE closed.numbers; SELECT setval('closed.numbers', 4711); ALTER SEQUENCE closed.numbers OWNER TO app;
  CREATE MATERIALIZED VIEW sums AS SELECT count(*) AS n, sum(amount) AS total FROM plain;
  CREATE TABLE no_columns (); INSERT INTO no_columns DEFAULT VALUES; CREATE TABLE computed (a int GENERATED ALWAYS AS (7) STORED);
  INSERT INTO computed DEFAULT VALUES; CREATE TABLE empty (a int); CREATE TABLE "a\n\\.\nb" AS SELECT E'\\\\.\n\\\\.' AS "\\.";
  CREATE UNLOGGED TABLE unlogged_rows AS SELECT generate_series(1, 50) AS id;
  SET ROLE app;
  SELECT lo_from_bytea(0, decode(repeat(md5(i::text), 700), 'hex')) FROM generate_series(1, 40) i;
  RESET ROLE;
  SELECT lo_from_bytea(0, '\\x00ff');
`;

export const setUp = `
  CREATE ROLE app LOGIN PASSWORD 'app "secret"'; CREATE ROLE reader IN ROLE pg_monitor; GRANT app TO reader;
  ALTER ROLE app SET work_mem = '8MB';
  ${hostileNames.map((name) => `CREATE DATABASE ${identifier(name)};`).join('\n')}
  CREATE DATABASE orders OWNER app ENCODING 'UTF8' TEMPLATE template0;
  ALTER DATABASE orders SET statement_timeout = '1h';
  CREATE DATABASE billing OWNER app; REVOKE CONNECT ON DATABASE billing FROM PUBLIC; GRANT CONNECT ON DATABASE billing TO backup;
  CREATE DATABASE pattern IS_TEMPLATE true; CREATE DATABASE asleep ALLOW_CONNECTIONS false;
`;

/** The rows of every table and the bytes of every large object, in an order that both servers share. */
export async function rows(database: Database, name: string): Promise<string> {
  // log_cnt of a sequence is a cache of the server
  return database.sql(`
    SELECT format(CASE relkind WHEN 'S' THEN 'COPY (SELECT last_value, is_called FROM %s) TO STDOUT'
        ELSE 'COPY (SELECT * FROM %s t ORDER BY t::text COLLATE "C") TO STDOUT' END, c.oid::regclass)
      FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
      WHERE relkind IN ('r', 'p', 'm', 'S') AND nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
      ORDER BY c.oid::regclass::text COLLATE "C" \\gexec
    SELECT lomowner::regrole, md5(lo_get(oid)), length(lo_get(oid)) FROM pg_largeobject_metadata ORDER BY oid;
  `, name);
}

/** A plain dump by the superuser: definitions, owners, privileges, settings. */
export async function definitions(database: Database, name: string): Promise<string> {
  // psql's \\connect cannot say a name with a line break
  const create = name.includes('\n') ? [] : ['--create'];
  const text = succeed(await database.pod.exec(['pg_dump', ...create], { env: { PGDATABASE: name } }));
  return text.replace(/^\\(un)?restrict .*$/gm, '');
}

export const roles = `SELECT rolname, rolsuper, rolbypassrls, rolcanlogin, rolpassword, rolvaliduntil FROM pg_authid WHERE rolname !~ '^pg_' AND rolname <> 'postgres'
  UNION ALL SELECT roleid::regrole::text, null, null, null, member::regrole::text, null FROM pg_auth_members WHERE roleid::regrole::text !~ '^pg_(read|write)_all_[^d]'
  ORDER BY 1, 5`;

/** The databases that a backup of the server holds. */
export const everyName = ['orders', 'billing', 'pattern', 'postgres', 'template1', ...hostileNames];

export async function fill(source: Database): Promise<void> {
  for (const name of ['orders', 'billing', 'postgres', hostileNames[0]]) await source.sql(contents, name);
  await source.sql('CREATE TABLE of_template AS SELECT 1 AS id', 'pattern');
}
