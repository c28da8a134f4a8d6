import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describePod, OWNER_PASSWORD, Program } from './declared-fixture';
import { canLogIn, configuration, servingAgain, sql, state } from './fixture';
import { InitSql } from '../../src';
import { Pod, temporaryClaim } from '../support/pod';
import { server, servers } from '../support/servers';

jest.setTimeout(180_000);
const one = server(17);

const PROGRAM: Program = {
  props: {
    initSql: [
      InitSql.fromText("CREATE TABLE ran (n serial, what text);\nINSERT INTO ran (what) VALUES ('text');\n\\echo by psql"),
      InitSql.fromConfigMap('seeds', 'one.sql'),
      InitSql.fromSecret('seeds', 'two.sql'),
    ],
  },
  declared: { databases: { archive: {} }, roles: { clerk: {} } },
  configMaps: { seeds: { 'one.sql': "INSERT INTO ran (what) VALUES ('config map'); GRANT SELECT ON ran TO clerk;" } },
  // what it says as a role that may not set what keeps it out of the log is not there either
  secrets: {
    seeds: {
      'two.sql': `
INSERT INTO ran (what) VALUES ('secret'); ALTER ROLE clerk PASSWORD 'hidden-word'; SELECT 'hidden-word';
\\connect app app
CREATE TABLE own (); SELECT 'hidden-word';`,
    },
  },
};

const RAN = "SELECT string_agg(what, ',' ORDER BY n) FROM ran";

test.each(servers)('%s runs the initial SQL once, in its order, and none of it is in the log', async (postgres) => {
  const settings = { log_statement: 'all', log_min_duration_statement: '0' };
  const pod = await Pod.start(describePod(postgres, { ...PROGRAM, props: { ...PROGRAM.props, parameters: settings } }));
  await state(pod, 'running');
  expect(await sql(pod, RAN, 'app')).toBe('text,config map,secret');
  expect(await sql(pod, "SELECT tableowner FROM pg_tables WHERE tablename = 'own'", 'app')).toBe('app');
  expect(await canLogIn(pod, 'clerk', 'hidden-word')).toBe(true);
  expect(pod.logs()).toContain('running the key two.sql of the Secret seeds');
  expect(pod.logs()).not.toContain('hidden-word');
  await pod.stop();
  await servingAgain(pod);
  expect(await sql(pod, RAN, 'app')).toBe('text,config map,secret');
  await pod.end();
});

test.each([['a ConfigMap', 'configMaps'], ['a Secret', 'secrets']] as const)('the first start waits for %s with SQL, and its arrival heals', async (_, missing) => {
  const pod = await Pod.start(describePod(one, { ...PROGRAM, [missing]: {} }));
  const expected = { configMaps: 'the key one.sql of the ConfigMap seeds', secrets: 'the key two.sql of the Secret seeds' }[missing];
  expect(await state(pod, 'waiting')).toBe(`init-sql: ${expected} of initSql is not there, and the first start runs it; see docs/runbooks/roles.md`);
  const { mounts } = describePod(one, PROGRAM);
  const mount = mounts!.find(({ path }) => path === `${configuration}/init-sql`);
  pod.update(`${configuration}/init-sql`, (mount as { files: Record<string, string> }).files);
  await state(pod, 'running');
  expect(await sql(pod, RAN, 'app')).toBe('text,config map,secret');
  await pod.end();
});

test('a database that is there starts without the SQL of its first start', async () => {
  const claim = temporaryClaim();
  const first = await Pod.start(describePod(one, PROGRAM, claim));
  await state(first, 'running');
  await first.stop();
  const second = await Pod.start(describePod(one, { ...PROGRAM, secrets: {}, configMaps: {} }, claim));
  await state(second, 'running');
  expect(await sql(second, RAN, 'app')).toBe('text,config map,secret');
});

test('SQL that fails is told without its text, the database is not taken for initialised, and a cured one heals it', async () => {
  const claim = temporaryClaim();
  const broken = { ...PROGRAM, secrets: { seeds: { 'two.sql': "CREATE TABLE made ();\nSELECT 'hidden-word'::int;" } } };
  const pod = await Pod.start(describePod(one, broken, claim));
  expect(await state(pod, 'waiting')).toMatch(/^failed: the SQL in the key two.sql of the Secret seeds, ended with status 3 /);
  expect(existsSync(join(claim, '17/docker'))).toBe(false);
  expect(pod.logs()).toMatch(/init-3.sql:2: ERROR: {2}22P02/);
  expect(pod.logs()).not.toContain('hidden-word');
  const { mounts } = describePod(one, PROGRAM);
  const mount = mounts!.find(({ path }) => path === `${configuration}/init-sql`);
  pod.update(`${configuration}/init-sql`, (mount as { files: Record<string, string> }).files);
  await state(pod, 'running');
  expect(await sql(pod, "SELECT count(*) FROM pg_class WHERE relname = 'made'", 'app')).toBe('0');
  expect(await sql(pod, RAN, 'app')).toBe('text,config map,secret');
});

/** Starts with this SQL alone and returns what the log says of its failure. */
async function failing(piece: InitSql, text: string): Promise<string> {
  const texts = { seeds: { 'one.sql': text } };
  const pod = await Pod.start(describePod(one, { props: { initSql: [piece] }, secrets: texts, configMaps: texts }));
  await state(pod, 'waiting', 'failed: the SQL in the key one.sql');
  await pod.end();
  return pod.logs();
}

test.each([
  'BEGIN; CREATE TABLE mine ();\n\\q',
  '\\connect template1 app\nBEGIN; SELECT 1;',
  '\\set AUTOCOMMIT off\nCREATE TABLE mine ();',
])('SQL that leaves a transaction open fails and is told, since nothing that it did would stay: %j', async (text) => {
  expect(await failing(InitSql.fromConfigMap('seeds', 'one.sql'), text))
    .toContain('the key one.sql of the ConfigMap seeds ends inside a transaction, and nothing that this transaction did would stay: a COMMIT is missing');
});

test('neither a transaction that is closed nor an early end of the SQL is one that was left open', async () => {
  const text = 'BEGIN; CREATE TABLE mine (); COMMIT;\nSET ROLE app;\n\\q\nCREATE TABLE later ();';
  const pod = await Pod.start(describePod(one, { props: { initSql: [InitSql.fromText(text)] } }));
  await state(pod, 'running');
  expect(await sql(pod, "SELECT to_regclass('mine'), to_regclass('later')", 'app')).toBe('mine|');
  await pod.end();
});

test.each([
  ["BEGIN; SELECT 'hidden-word';", /the key one\.sql of the Secret seeds ends inside a transaction/],
  ["\n\\connect 'postgresql://u:hidden-word hidden-word@h[/x'", /line 2 of it: psql complains, in words that may hold a secret/],
  ["\\set pw 'hidden-word\nSELECT 1;\n\\hidden-word x", /line 3 of it: psql complains/],
  ['\\if hidden-word\n\\endif\n\n\\endif', /line 4 of it: psql complains/],
  [`SELECT 'hidden-word'; \\echo hidden-word
\\warn hidden-word
DO $$ BEGIN RAISE NOTICE 'hidden-word'; RAISE LOG 'hidden-word'; RAISE 'hidden-word' USING DETAIL = 'hidden-word'; END $$;`, /init-1\.sql:3: ERROR: {2}P0001/],
] as const)('of the SQL in a Secret no word comes into the log, by psql or by the server: %j', async (text, told) => {
  const log = await failing(InitSql.fromSecret('seeds', 'one.sql'), text);
  expect(log).toMatch(told);
  expect(log).not.toContain('hidden-word');
});

test.each(servers)('%s starts over when it is killed half-way through the initial SQL', async (postgres) => {
  const claim = temporaryClaim();
  const slow = { ...PROGRAM, configMaps: { seeds: { 'one.sql': "INSERT INTO ran (what) VALUES ('config map'); GRANT SELECT ON ran TO clerk; SELECT pg_sleep(1.5);" } } };
  const pod = await Pod.start(describePod(postgres, slow, claim));
  await pod.waitForLog('running the key one.sql of the ConfigMap seeds');
  await new Promise((resolve) => setTimeout(resolve, 700));
  await pod.kill();
  expect(existsSync(join(claim, `${postgres.major}/docker`))).toBe(false);
  await servingAgain(pod);
  expect(await sql(pod, RAN, 'app')).toBe('text,config map,secret');
  expect(await canLogIn(pod, 'app', OWNER_PASSWORD)).toBe(true);
  await pod.end();
});
