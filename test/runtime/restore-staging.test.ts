import { Claim, Database, scripts } from './backup-fixture';
import { databases, dropOthers, open, own, runRestore, waiting } from './restore-fixture';
import { server } from '../support/servers';

const onlyOrders = { PGSTS_RESTORE_DATABASE: 'orders' };
const onlyZeta = { PGSTS_RESTORE_DATABASE: 'zeta' };
const claim = new Claim();
let source: Database;
let target: Database;

beforeAll(async () => {
  source = await Database.start(server(17), `CREATE ROLE app LOGIN; CREATE ROLE guest LOGIN; CREATE DATABASE zeta; CREATE DATABASE orders OWNER app CONNECTION LIMIT 7;
    REVOKE CONNECT ON DATABASE orders FROM PUBLIC; GRANT CONNECT ON DATABASE orders TO backup; GRANT TEMP ON DATABASE orders TO guest WITH GRANT OPTION;
    COMMENT ON DATABASE orders IS 'the orders'; ALTER DATABASE orders SET work_mem = '8MB'; ALTER ROLE guest IN DATABASE orders SET work_mem = '9MB'`);
  await source.sql('CREATE TABLE lines AS SELECT generate_series(1, 10) AS id', 'orders');
  expect(await claim.run(source)).toMatchObject({ status: 0 });
  target = await open(await Database.start(server(17), 'CREATE ROLE app LOGIN', { role: false }));
});

afterEach(() => dropOthers(target));

const limit = (name: string) => target.sql(`SELECT datconnlimit FROM pg_database WHERE datname = '${name}'`);
const marks = () => target.sql("SELECT count(*) FROM pg_db_role_setting, unnest(setconfig) AS option WHERE option ~ '^cdk8s_postgres.(limit|staging)='");
const copies = async () => (await databases(target)).filter((name) => name.startsWith('restore-'));

/** All that a database has beside its contents, except what a restored one carries so that the next run knows it. */
const properties = `SELECT datdba::regrole, datconnlimit, (SELECT array_agg(x ORDER BY x::text COLLATE "C") FROM unnest(datacl) x), shobj_description(d.oid, 'pg_database'),
  (SELECT array_agg(concat(setrole::regrole, ' ', option) ORDER BY setrole::regrole::text, option) FROM pg_db_role_setting, unnest(setconfig) AS option
    WHERE setdatabase = d.oid AND option NOT LIKE 'cdk8s_postgres.restored=%') FROM pg_database d WHERE datname = 'orders'`;

test.each([
  ['that is filled', 'compare "$1" "$2" "$staging"'],
  ['that is complete', 'put_in_place "$1" "$2"'],
])('a copy %s lets nobody in but superusers, and has its owner, privileges and limit when it is in its place', async (_, place) => {
  const { goOn } = await waiting(claim, target, place, onlyOrders);
  const [copy] = await copies();
  await expect(target.sql('SELECT 1', copy, 'app')).rejects.toThrow(`too many connections for database "${copy}"`);
  await expect(target.sql('SELECT 1', copy, 'guest')).rejects.toThrow(/too many connections|permission denied/);
  const { status, log } = await goOn();
  expect([status, status === 0 ? '' : log]).toEqual([0, '']);
  expect(await target.sql(properties)).toBe(await source.sql(properties));
  expect(await source.sql(properties)).toContain('app|7|{');
  expect(await target.sql('SELECT count(*) FROM lines', 'orders', 'postgres')).toBe('10\n');
  await expect(target.sql('SELECT 1', 'orders', 'guest')).rejects.toThrow('permission denied for database "orders"');
});

describe('a database that is only named like a copy', () => {
  const theirs = ['restore-20260101T000000Z-0123abcd-1', 'restore-20260101T000000Z-0123abcd-2', 'restore-20260101T000000Z-0123abcd-3-empty'];

  test('is left alone by a restore that says so, and is in backups and restored from them like any other', async () => {
    for (const name of theirs) await target.sql(`CREATE DATABASE "${name}"`);
    await target.sql('CREATE TABLE precious AS SELECT 1 AS id', theirs[0]);
    const { status, log } = await runRestore(claim, target, { env: onlyZeta });
    expect(status).toBe(0);
    for (const name of theirs) expect(log).toContain(`the database ${name} is named like an unfinished copy and does not have its mark, or holds something: it is left alone`);
    expect(await databases(target)).toEqual([...own.slice(0, 1), ...theirs, ...own.slice(1), 'zeta']);

    const another = new Claim();
    expect(await another.run(target)).toMatchObject({ status: 0 });
    expect(another.record().databases.map(({ name }) => name)).toEqual(expect.arrayContaining(theirs));
    await target.sql(`DROP DATABASE "${theirs[0]}"`);
    expect(await runRestore(another, target, { env: { PGSTS_RESTORE_DATABASE: theirs[0] } })).toMatchObject({ status: 0 });
    expect(await target.sql('SELECT count(*) FROM precious', theirs[0])).toBe('1\n');
  });

  test('and stands where a copy should be made is never dropped: the restore fails with its name', async () => {
    const { pod } = await waiting(claim, target, 'compare "$1" "$2" "$staging"', onlyOrders);
    const [copy] = await copies();
    await pod.end();
    await target.sql(`DROP DATABASE "${copy}" WITH (FORCE); CREATE DATABASE "${copy}"`);
    await target.sql('CREATE TABLE precious AS SELECT 1 AS id', copy);
    const { status, last } = await runRestore(claim, target, { env: onlyOrders });
    expect([status, last]).toEqual([1, expect.stringContaining(`the database "orders" could not be made: ERROR:  database "${copy}" already exists`)]);
    expect(await target.sql('SELECT count(*) FROM precious', copy)).toBe('1\n');
  });
});

test('what a restore has made and could not mark is removed by the next one only where it is empty, and is in no backup', async () => {
  const [empty, filled] = ['restore-20260101T000000Z-0123abcd-4', 'restore-20260101T000000Z-0123abcd-5'];
  await target.sql(`CREATE DATABASE "${empty}" CONNECTION LIMIT 0; CREATE DATABASE "${filled}" CONNECTION LIMIT 0`);
  await target.sql('CREATE TABLE precious AS SELECT 1 AS id', filled);
  const another = new Claim();
  expect(await another.run(target)).toMatchObject({ status: 0 });
  expect(another.record().notDumped).toEqual([empty, filled].map((name) => ({ name, reason: 'it is left from a restore that did not end' })));
  const { status, log } = await runRestore(claim, target, { env: onlyZeta });
  expect([status, log]).toEqual([0, expect.stringContaining(`removing the database ${empty}, left by a restore that did not end`)]);
  expect(log).toContain(`the database ${filled} is named like`);
  expect(await copies()).toEqual([filled]);
});

test('an unfinished copy carries its mark, is in no backup, and is removed by the next restore', async () => {
  const { pod } = await waiting(claim, target, 'compare "$1" "$2" "$staging"', onlyOrders);
  await pod.end();
  const [copy] = await copies();
  // the mark alone is enough
  await target.sql(`ALTER DATABASE "${copy}" CONNECTION LIMIT -1`);
  const another = new Claim();
  expect(await another.run(target)).toMatchObject({ status: 0 });
  expect(another.record().notDumped.map(({ name }) => name)).toEqual([copy]);
  expect((await runRestore(claim, target, { env: onlyZeta })).log).toContain(`removing the database ${copy}, left by a restore that did not end`);
  expect(await copies()).toEqual([]);
});

test('a limit that somebody has set by hand since a restore was killed stays', async () => {
  await target.sql('CREATE DATABASE orders CONNECTION LIMIT 7');
  const { pod } = await waiting(claim, target, 'what_is_in "${target_of[$1]}" || fail', onlyOrders);
  expect([await limit('orders'), await marks()]).toEqual(['0\n', '2\n']);
  await pod.end();
  await target.sql('ALTER DATABASE orders CONNECTION LIMIT 5');
  expect(await runRestore(claim, target, { env: onlyZeta })).toMatchObject({ status: 0 });
  expect([await limit('orders'), await marks()]).toEqual(['5\n', '0\n']);
});

test('a database that stays closed is named with the command that opens it', async () => {
  await target.sql('CREATE DATABASE orders CONNECTION LIMIT 7');
  const files = scripts((text) => text.replace('end_sessions "$1"\n  what_is_in', 'fail "no"\n  what_is_in').replace('&& reopen; }', '&& false; }'));
  const { status, log } = await runRestore(claim, target, { env: onlyOrders, files });
  const command = 'ALTER DATABASE "orders" CONNECTION LIMIT 7';
  expect([status, log]).toEqual([1, expect.stringContaining(`still refuses everybody: the next restore opens it, or as superuser: ${command}\n`)]);
  expect(await limit('orders')).toBe('0\n');
  await target.sql(command);
  expect(await limit('orders')).toBe('7\n');
});

test('the empty database that was replaced and cannot be dropped is told with the command that drops it, and never dropped when it holds something', async () => {
  await target.sql('CREATE DATABASE orders CONNECTION LIMIT 7');
  const subscribe = 'query "$staging-empty" "CREATE SUBSCRIPTION late CONNECTION \'\' PUBLICATION p WITH (connect = false, slot_name = NONE)"';
  const files = scripts((text) => text.replace('    drop "$staging-empty" ||', () => `    ${subscribe}\n    drop "$staging-empty" ||`));
  const { status, log } = await runRestore(claim, target, { env: onlyOrders, files });
  const [aside] = await copies();
  const told = `is closed and could not be dropped: ERROR:  database "${aside}" is being used by logical replication subscription; the next restore drops it, or as superuser: `
    + `DROP DATABASE "${aside}" WITH (FORCE)\n`;
  expect([status, log]).toEqual([0, expect.stringContaining(told)]);
  expect([aside, await limit(aside), await limit('orders')]).toEqual([expect.stringMatching(/-empty$/), '0\n', '7\n']);
  expect((await runRestore(claim, target, { env: onlyZeta })).log).toContain(`the database ${aside} is named like`);
  expect(await limit(aside)).toBe('0\n');
  await target.sql('DROP SUBSCRIPTION late', aside);
  expect((await runRestore(claim, target, { env: onlyZeta })).log).toContain(`removing the database ${aside}`);
  expect([await copies(), await marks()]).toEqual([[], '0\n']);
});
