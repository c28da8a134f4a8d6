import { Claim, Database, scripts } from './backup-fixture';
import { open, runRestore } from './restore-fixture';
import { Server, servers } from '../support/servers';

/** What majors treat differently: identity, generated columns, options of memberships, collations, privileges on parameters. */
const contents = `
  CREATE TABLE lines (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text COLLATE "C", twice int GENERATED ALWAYS AS (1) STORED);
  INSERT INTO lines (note) SELECT md5(i::text) FROM generate_series(1, 3000) i;
  CREATE VIEW few AS SELECT * FROM lines WHERE id < 10; GRANT SELECT ON few TO reader;
  CREATE FUNCTION two() RETURNS int LANGUAGE sql AS 'SELECT 2'; SELECT lo_from_bytea(0, '\\x00ff');
  ALTER DEFAULT PRIVILEGES FOR ROLE app GRANT SELECT ON TABLES TO reader;
`;
const roleSql = 'CREATE ROLE app LOGIN; CREATE ROLE reader; GRANT reader TO app WITH ADMIN OPTION; GRANT pg_monitor TO reader; GRANT SET ON PARAMETER log_statement TO reader; CREATE DATABASE orders OWNER app;';
const everything = 'SELECT count(*), md5(string_agg(l::text, \',\' ORDER BY id)), (SELECT count(*) FROM few), two(), (SELECT count(*) FROM pg_largeobject_metadata) FROM lines l GROUP BY ()';
const rights = 'SELECT has_table_privilege(\'reader\', \'few\', \'SELECT\'), pg_has_role(\'app\', \'reader\', \'USAGE WITH ADMIN OPTION\'), has_parameter_privilege(\'reader\', \'log_statement\', \'SET\')';

/** A compression that every server of the tests knows; the images know all. */
const common = scripts((text) => text.replace('in zstd:1 lz4:1 gzip:1', 'in gzip:1'));

const claims = new Map<Server, { claim: Claim; expected: string }>();

beforeAll(async () => {
  for (const under of servers) {
    const source = await Database.start(under, roleSql);
    await source.sql(contents, 'orders');
    const claim = new Claim();
    expect(await claim.run(source, { files: common })).toMatchObject({ status: 0 });
    claims.set(under, { claim, expected: await source.sql(everything, 'orders') });
    await source.pod.end();
  }
});

const pairs = servers.flatMap((from) => servers.filter((to) => to.major > from.major).map((to) => [from, to] as const));

test.each(pairs)('a backup of %s is restored into %s with rows, privileges and roles', async (from, to) => {
  const { claim, expected } = claims.get(from)!;
  const target = await open(await Database.start(to, '', { role: false }));
  const { status, log } = await runRestore(claim, target);
  expect([status, status === 0 ? '' : log]).toEqual([0, '']);
  expect(await target.sql(everything, 'orders')).toBe(expected);
  expect(await target.sql(rights, 'orders')).toBe('t|t|t\n');
  await target.pod.end();
});

test.each(pairs.map(([older, newer]) => [newer, older] as const))('a backup of %s is refused by %s with a sentence', async (from, to) => {
  const target = await open(await Database.start(to, '', { role: false }));
  const { status, last } = await runRestore(claims.get(from)!.claim, target);
  expect([status, last]).toEqual([1, expect.stringMatching(
    new RegExp(`failed: the backup is of PostgreSQL ${from.major}\\S* and the server is ${to.major}.*; a backup goes into the same major or a newer one$`))]);
  await target.pod.end();
});
