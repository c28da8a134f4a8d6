import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { canLogIn, configuration, credentials, currentState, databases, serving, servingAgain, sql, start, state, volume } from './fixture';
import { temporaryClaim } from '../support/pod';
import { server, servers, serversThatCan } from '../support/servers';

jest.setTimeout(120_000);
const one = server(17);

test.each(servers)('the first start of %s makes what is declared, with checksums, UTF8, SCRAM and without trust', async (postgres) => {
  const claim = temporaryClaim();
  const pod = await serving(postgres, { claim, env: { PGSTS_WAL_SEGMENT_MEBIBYTES: '4' } });
  expect(await sql(pod, 'SHOW data_checksums; SHOW server_encoding; SHOW wal_segment_size; SHOW data_directory;'))
    .toBe(`on\nUTF8\n4MB\n${volume}/${postgres.major}/docker`);
  expect(await sql(pod, "SELECT count(*) FROM pg_hba_file_rules WHERE auth_method = 'trust'")).toBe('0');
  expect(await sql(pod, "SELECT rolname FROM pg_authid WHERE rolpassword LIKE 'SCRAM-SHA-256$%' ORDER BY 1")).toBe('postgres\nshop');
  expect(await sql(pod, "SELECT rolname FROM pg_database d JOIN pg_roles r ON r.oid = datdba WHERE datname = 'shop'")).toBe('shop');
  expect(await canLogIn(pod, 'shop', 'shop-secret')).toBe(true);
  expect(await canLogIn(pod, 'shop', 'wrong')).toBe(false);
  const identifier = await sql(pod, 'SELECT system_identifier FROM pg_control_system()');
  expect((await pod.exec(['cat', `${volume}/cdk8s-postgres.identity`])).stdout)
    .toMatch(new RegExp(`^name=orders-db\nsystem_identifier=${identifier}\nlibc=glibc-\\d+\\.\\d+\norigin=initdb\n$`));
  expect(readdirSync(claim).sort()).toEqual([String(postgres.major), 'cdk8s-postgres.identity', 'cdk8s-postgres.lock']);
  expect(readdirSync(join(claim, String(postgres.major)))).toEqual(['docker']);
  await pod.end();
});

test.each(serversThatCan('icu'))('%s sorts in the order of a chosen ICU locale', async (postgres) => {
  const pod = await serving(postgres, { env: { PGSTS_LOCALE_PROVIDER: 'icu', PGSTS_LOCALE: 'sv' } });
  expect(await sql(pod, "SELECT string_agg(x, '' ORDER BY x) FROM unnest(ARRAY['z', 'ä', 'a', 'å']) x", 'shop')).toBe('azåä');
});

test.each(servers)('%s takes a locale of the C library', async (postgres) => {
  const pod = await serving(postgres, { env: { PGSTS_LOCALE_PROVIDER: 'libc', PGSTS_LOCALE: 'C.UTF-8' } });
  expect(await sql(pod, "SELECT datlocprovider, datcollate FROM pg_database WHERE datname = 'shop'")).toBe('c|C.UTF-8');
  await pod.end();
});

test('until the first start is over, nothing listens on TCP or on the public socket', async () => {
  const pod = await start(one, {
    initScripts: { '1.sh': 'if pg_isready -q -h 127.0.0.1 || [[ -e /var/run/postgresql/.s.PGSQL.5432 ]]; then echo open; else echo closed; fi' },
  });
  await state(pod, 'running');
  expect(pod.logs()).toMatch(/^closed$/m);
});

test('a transaction_timeout that lets nobody connect, or a socket that only its owner writes to, does not keep the first start from ending', async () => {
  const pod = await start(one, { reload: 'transaction_timeout = 1ms\n', settings: 'unix_socket_permissions = 0200\n' });
  await state(pod, 'running');
  pod.update(`${configuration}/reload`, { 'reload.conf': 'transaction_timeout = 1min\n' });
  await pod.stop();
  await pod.restart();
  await state(pod, 'running');
  expect(await sql(pod, 'SHOW transaction_timeout; SELECT count(*) FROM pg_database WHERE datname = \'shop\'')).toBe('1min\n1');
});

test('initialisation scripts run once, in the order of their names, against the first database', async () => {
  const claim = temporaryClaim();
  const add = (what: string) => `CREATE TABLE IF NOT EXISTS ran (n serial, what text); INSERT INTO ran (what) VALUES ('${what}');`;
  const initScripts = {
    '10.sql': add('sql'),
    '20.sql.gz': gzipSync(add('gz')),
    '30-sourced.sh': `"\${psql[@]}" --dbname="$POSTGRES_DB" <<<"${add('sourced')}"; exit 0`,
    '40-sourced.sh': `docker_process_sql -U "$POSTGRES_USER" -c "${add('function')}"`,
    '50.txt': 'not for us',
  };
  const pod = await serving(one, { claim, initScripts });
  expect(await sql(pod, 'SELECT string_agg(what, \' \' ORDER BY n) FROM ran', 'shop')).toBe('sql gz sourced function');
  expect(pod.logs()).toContain('ignored /docker-entrypoint-initdb.d/50.txt');
  expect(pod.logs()).not.toContain('shop-secret');
  await pod.stop();
  await servingAgain(pod);
  expect(await sql(pod, 'SELECT count(*) FROM ran', 'shop')).toBe('4');
  await pod.end();
  const executed = await serving(one, { initScripts: { '1.sh': '#!/usr/bin/env bash\necho "executed by $$ for $POSTGRES_DB"\n' }, initScriptsMode: 0o555 });
  expect(executed.logs()).toMatch(/^executed by \d+ for shop$/m);
  expect(executed.logs()).not.toMatch(/POSTGRES_PASSWORD/);
});

test.each([
  ['a script in SQL', { '1.sql': 'CREATE TABLE a ();\nSELECT 1/0;\nCREATE TABLE b ();' }],
  ['a sourced shell script', { '1.sh': 'false; echo went on' }],
  ['a compressed script', { '1.sql.gz': gzipSync('SELECT 1/0;') }],
  ['a script that is not what its name says', { '1.sql.gz': 'SELECT 1' }],
])('%s that fails is told, the database is not taken for initialised, and a cured one heals it', async (_, broken) => {
  const claim = temporaryClaim();
  const pod = await start(one, { claim, initScripts: { ...broken, '0.sql': 'CREATE TABLE first ()' } });
  const name = Object.keys(broken)[0];
  expect(await state(pod, 'waiting')).toMatch(new RegExp(`^failed: the initialisation script /docker-entrypoint-initdb.d/${name} ended with status \\d+ `));
  expect(pod.logs()).not.toContain('went on');
  expect(existsSync(join(claim, '17/docker'))).toBe(false);
  pod.update('/docker-entrypoint-initdb.d', { '1.sql': 'CREATE TABLE cured ()' });
  await state(pod, 'running');
  expect(await sql(pod, "SELECT string_agg(relname, ' ') FROM pg_class WHERE relname IN ('first', 'a', 'b', 'cured')", 'shop')).toBe('cured');
  await pod.end();
});

test.each([
  ['is missing', {}, /^secret: the Secret has no key password; see docs\/runbooks\/rotate-passwords.md$/],
  ['is empty', { password: '' }, /^secret: the Secret's key password is empty;/],
  ['ends with a line break', { password: 'x\n' }, /^secret: the Secret's key password holds a line break/],
  ['is that of another owner', { password: 'x', username: 'root' }, /^secret: the Secret's key username is not exactly the declared owner, shop;/],
])('a Secret whose password %s is waited for, and its arrival heals', async (_, wrong, reason) => {
  const pod = await start(one, { credentials: wrong });
  expect(await state(pod, 'waiting')).toMatch(reason);
  pod.update('/etc/cdk8s-postgres/credentials', credentials);
  await state(pod, 'running');
  expect(await canLogIn(pod, 'shop', 'shop-secret')).toBe(true);
  await pod.end();
});

test('declared SQL that fails keeps the database from being taken for initialised', async () => {
  const pod = await start(one, { databases: { ...databases, 'databases.sql': 'CREATE DATABASE "shop" OWNER "nobody";' } });
  expect(await state(pod, 'waiting')).toMatch(/^failed: the initialisation, declared roles and databases, ended with status 3 /);
  expect(pod.logs()).toContain('role "nobody" does not exist');
  expect((await currentState(pod)).state).toBe('waiting');
});
