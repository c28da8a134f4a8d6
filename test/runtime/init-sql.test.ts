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
  secrets: { seeds: { 'two.sql': "INSERT INTO ran (what) VALUES ('secret'); ALTER ROLE clerk PASSWORD 'hidden-word'; SET ROLE app; CREATE TABLE own ();" } },
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
