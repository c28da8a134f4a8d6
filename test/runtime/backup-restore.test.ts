import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BackupRecord, Claim, Database, Finished, permissions, restore, succeed, verify } from './backup-fixture';
import { server, Server, servers } from '../support/servers';

/** Names that break shells, JSON, connection strings and paths. */
const hostileNames = [
  'it\'s "quoted" \\ back', 'a/b/../c', '--file=x', 'host=evil dbname=postgres', 'postgresql://evil/x',
  'tab\there\u0001\u007f', 'line\nbreak', '日本語 é 😀', '$(touch /tmp/x)`id`;*', ' ', '.', '..', '%41', 'x'.repeat(63),
];

const identifier = (name: string) => `"${name.replace(/"/g, '""')}"`;

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

const setUp = `
  CREATE ROLE app LOGIN PASSWORD 'app "secret"'; CREATE ROLE reader IN ROLE pg_monitor; GRANT app TO reader;
  ALTER ROLE app SET work_mem = '8MB';
  ${hostileNames.map((name) => `CREATE DATABASE ${identifier(name)};`).join('\n')}
  CREATE DATABASE orders OWNER app ENCODING 'UTF8' TEMPLATE template0;
  ALTER DATABASE orders SET statement_timeout = '1h';
  CREATE DATABASE billing OWNER app; REVOKE CONNECT ON DATABASE billing FROM PUBLIC; GRANT CONNECT ON DATABASE billing TO backup;
  CREATE DATABASE pattern IS_TEMPLATE true; CREATE DATABASE asleep ALLOW_CONNECTIONS false;
`;

/** The rows of every table and the bytes of every large object, in an order that both servers share. */
async function rows(database: Database, name: string): Promise<string> {
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
async function definitions(database: Database, name: string): Promise<string> {
  // psql's \\connect cannot say a name with a line break
  const create = name.includes('\n') ? [] : ['--create'];
  const text = succeed(await database.pod.exec(['pg_dump', ...create], { env: { PGDATABASE: name } }));
  return text.replace(/^\\(un)?restrict .*$/gm, '');
}

const roles = `SELECT rolname, rolsuper, rolbypassrls, rolcanlogin, rolpassword, rolvaliduntil FROM pg_authid WHERE rolname !~ '^pg_' AND rolname <> 'postgres'
  UNION ALL SELECT roleid::regrole::text, null, null, null, member::regrole::text, null FROM pg_auth_members WHERE roleid::regrole::text !~ '^pg_(read|write)_all_[^d]'
  ORDER BY 1, 5`;

describe.each(servers.map((each) => [String(each), each] as const))('a backup of %s', (_, under: Server) => {
  let source: Database;
  let restored: Database;
  let finished: Finished;
  let record: BackupRecord;
  const claim = new Claim();
  const names = ['orders', 'billing', 'pattern', 'postgres', 'template1', ...hostileNames];

  beforeAll(async () => {
    source = await Database.start(under, setUp);
    for (const name of ['orders', 'billing', 'postgres', hostileNames[0]]) await source.sql(contents, name);
    await source.sql('CREATE TABLE of_template AS SELECT 1 AS id', 'pattern');
    finished = await claim.run(source);
    record = claim.record();
    restored = await restore(under, claim);
  });

  test('ends with status 0 and says so in its last line', () => {
    expect(finished.last).toMatch(/backup \d{8}T\d{6}Z of 19 databases is complete: \d+ bytes in \d+ s$/);
    expect(finished.status).toBe(0);
  });

  test('holds every database that accepts connections under its real name, in a directory with a safe one', () => {
    expect(record.databases.map(({ name }) => name).sort()).toEqual([...names].sort());
    for (const { directory, tocEntries } of record.databases) {
      expect(directory).toMatch(/^\d+-[A-Za-z0-9_%-]+$/);
      expect(tocEntries).toBeGreaterThan(0);
    }
    expect(record.notDumped).toEqual([{ name: 'asleep', reason: 'it does not accept connections' }]);
  });

  test('is compressed by the best method that this pg_dump has', () => {
    const [method, suffix] = under.can.dumpZstd ? ['zstd:1', 'zst'] : under.can.dumpLz4 ? ['lz4:1', 'lz4'] : ['gzip:1', 'gz'];
    expect(record.compression).toBe(method);
    const orders = join(claim.newest, record.databases.find(({ name }) => name === 'orders')!.directory);
    expect(readdirSync(orders).filter((name) => name.endsWith(`.dat.${suffix}`)).length).toBeGreaterThan(5);
  });

  test('records what it is, and the sizes of its files', async () => {
    expect(record).toMatchObject({ format: 1, name: 'orders-db', jobs: 2, inRecovery: false });
    expect(record.systemIdentifier).toBe((await source.sql('SELECT system_identifier FROM pg_control_system()')).trim());
    expect(record.serverVersionNumber).toBe(Number(await source.sql('SHOW server_version_num')));
    expect(record.walPosition).toMatch(/^[0-9A-F]+\/[0-9A-F]+$/);
    const files = readdirSync(claim.newest, { recursive: true, encoding: 'utf8' }).map((name) => statSync(join(claim.newest, name)));
    const sums = ['SHA256SUMS', 'backup.json'].map((name) => statSync(join(claim.newest, name)).size).reduce((a, b) => a + b);
    expect(record.sizeBytes).toBe(files.filter((file) => file.isFile()).reduce((total, { size }) => total + size, 0) - sums);
    expect(record.databases.every(({ encoding }) => encoding === 'UTF8')).toBe(true);
  });

  test('passes sha256sum -c, which covers every file', () => {
    expect(verify(claim.newest)).toBe(true);
    const listed = readFileSync(join(claim.newest, 'SHA256SUMS'), 'utf8').trimEnd().split('\n').map((line) => line.slice(66));
    const present = readdirSync(claim.newest, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(claim.newest, name)).isFile());
    expect(listed.sort()).toEqual(present.filter((name) => name !== 'SHA256SUMS').sort());
  });

  test('is readable by its owner only', () => {
    expect(permissions(claim.newest)).toBe('700');
    expect(permissions(join(claim.newest, 'globals.sql'))).toBe('600');
  });

  test.each(['orders', 'billing', 'postgres', hostileNames[0], 'pattern'])('restores the rows of %s one by one', async (name) => {
    const expected = await rows(source, name);
    expect(expected.split('\n')).toHaveLength(name === 'pattern' ? 2 : 6474);
    expect(await rows(restored, name)).toBe(expected);
  });

  test('restores definitions, owners, privileges and settings of every database', async () => {
    for (const name of names) expect(await definitions(restored, name)).toBe(await definitions(source, name));
  });

  test('restores the roles with their password verifiers', async () => {
    const expected = await source.sql(roles);
    expect(expected).toMatch(/^app\|f\|f\|t\|SCRAM-SHA-256\$/m);
    expect(expected).toMatch(/^backup\|f\|t\|t\|SCRAM-SHA-256\$/m);
    expect(await restored.sql(roles)).toBe(expected);
  });

  test('can be made of the restored server by the restored role, without another grant', async () => {
    const again = new Claim();
    expect(await again.run(restored)).toMatchObject({ status: 0 });
    expect(again.record().databases.map(({ tocEntries, name }) => [name, tocEntries]).sort())
      .toEqual(record.databases.map(({ tocEntries, name }) => [name, tocEntries]).sort());
  });
});

describe('the surroundings of a backup', () => {
  let source: Database;
  beforeAll(async () => {
    source = await Database.start(server(17), 'CREATE DATABASE orders');
    await source.sql('SELECT format(\'CREATE TABLE t%s AS SELECT %s AS id\', i, i) FROM generate_series(1, 1100) i \\gexec', 'orders');
  });

  test('may be a PATH of busybox applets and bash', async () => {
    const claim = new Claim();
    expect(await claim.run(source, { pod: { programs: 'busybox' } })).toMatchObject({ status: 0 });
    expect(verify(claim.newest)).toBe(true);
    expect(await claim.run(source, { pod: { programs: 'busybox' }, env: { PGSTS_KEEP_LAST: '1', PGSTS_KEEP_DAILY: '0', PGSTS_KEEP_WEEKLY: '0', PGSTS_KEEP_MONTHLY: '0', PGSTS_KEEP_MINIMUM: '1' } }))
      .toMatchObject({ status: 0 });
    expect(claim.names).toHaveLength(1);
  });

  test('may be any uid, without a passwd entry', async () => {
    expect(await new Claim().run(source, { pod: { uid: 12345 } })).toMatchObject({ status: 0 });
  });

  test('may be a database of more files than a command line carries in one portion', async () => {
    const claim = new Claim();
    expect(await claim.run(source)).toMatchObject({ status: 0 });
    expect(claim.record().databases.find(({ name }) => name === 'orders')!.tocEntries).toBe(2201);
    expect(verify(claim.newest)).toBe(true);
  });
});
