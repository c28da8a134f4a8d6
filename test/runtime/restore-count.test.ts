import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Claim, Database, scripts } from './backup-fixture';
import { largestFile, open, runRestore } from './restore-fixture';
import { server } from '../support/servers';

/** Names that look like the lines that tables and large objects begin with in a dump. */
const hostile = ['a\nCOPY x FROM stdin;\nb', 'a\nSELECT pg_catalog.lo_open(\nb', 'it\'s;\nCOPY x FROM stdin;', 'a";\nCOPY x FROM stdin;\nb', '\n\n--\n\\.\n'];
const quoted = (name: string) => `"${name.replace(/"/g, '""')}"`;

test.each(['native', 'busybox'] as const)('no name of anything changes what is counted, and what is counted is restored (%s)', async (programs) => {
  const source = await Database.start(server(17), 'CREATE DATABASE orders');
  await source.sql(`CREATE TABLE lines AS SELECT generate_series(1, 10) AS id; SELECT lo_from_bytea(4711, 'x'); ${hostile.map((name, i) =>
    `CREATE SEQUENCE ${quoted(name)}; CREATE TABLE ${quoted(`t${name}`)} (${quoted(name)}) AS SELECT ${i} + generate_series(1, 3); CREATE SEQUENCE behind${i};`).join('\n')}
    COMMENT ON LARGE OBJECT 4711 IS E'x;\\nSELECT pg_catalog.lo_open(1);\\nit''s'`, 'orders');
  const claim = new Claim();
  expect(await claim.run(source, { pod: { programs: programs === 'busybox' ? programs : undefined } })).toMatchObject({ status: 0 });
  expect(claim.record().databases.find(({ name }) => name === 'orders')).toMatchObject({ tables: 6, rows: 25, largeObjects: 1 });
  await source.pod.end();
  const target = await open(await Database.start(server(17), '', { role: false }));
  const { status, log } = await runRestore(claim, target, { env: { PGSTS_RESTORE_DATABASE: 'orders' } });
  expect([status, status === 0 ? '' : log]).toEqual([0, '']);
  await target.pod.end();
});

test('a changed byte is found where a bit of its checksum changed too, by a check and by a restore', async () => {
  const source = await open(await Database.start(server(17), 'CREATE DATABASE orders'));
  await source.sql('CREATE TABLE lines AS SELECT i AS id, repeat(\'a\', 20) AS note FROM generate_series(1, 100) i', 'orders');
  const claim = new Claim();
  // without compression a changed byte is no error of its own
  await claim.run(source, { files: scripts((text) => text.replace('for offer in zstd:1 lz4:1 gzip:1 1 0', 'for offer in 0')) });
  const [file, sums] = [largestFile(claim.newest, 'orders'), join(claim.newest, 'SHA256SUMS')];
  writeFileSync(file, readFileSync(file, 'latin1').replace('aaaa', 'aaba'), 'latin1');
  // one bit away from a digit, and no digit
  const flipped = (line: string) => `q${line.slice(1)}`;
  writeFileSync(sums, readFileSync(sums, 'utf8').split('\n').map((line) => (file.endsWith(line.slice(66)) && line !== '' ? flipped(line) : line)).join('\n'));
  for (const PGSTS_RESTORE_ACTION of ['check', 'restore']) {
    const { status, last } = await runRestore(claim, source, { env: { PGSTS_RESTORE_ACTION, PGSTS_RESTORE_DATABASE: 'orders', PGSTS_RESTORE_AS: 'beside' } });
    expect([status, last]).toEqual([1, expect.stringMatching(/has \d+ files to read and \d+ checksums of them; use another backup$/)]);
  }
  await source.pod.end();
});

test('no row is in the log of a restore that a row stops, and the reason is', async () => {
  const source = await open(await Database.start(server(17), 'CREATE DATABASE orders'));
  await source.sql(`CREATE FUNCTION fine(int) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN true; END'; CREATE TABLE cards (number text, id int CHECK (fine(id)));
    INSERT INTO cards VALUES (E'hunter2\\nhunter2', 1); CREATE OR REPLACE FUNCTION fine(int) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN false; END'`, 'orders');
  const claim = new Claim();
  await claim.run(source);
  const { status, log } = await runRestore(claim, source, { env: { PGSTS_RESTORE_DATABASE: 'orders', PGSTS_RESTORE_AS: 'beside' } });
  expect([status, log]).toEqual([1, expect.stringContaining('ERROR:  new row for relation "cards" violates check constraint')]);
  expect(log).not.toContain('hunter2');
  await source.pod.end();
});

test('the reason is told where a warning stands before it, and nobody\'s timeout stops the questions of a backup', async () => {
  const source = await Database.start(server(17), 'CREATE ROLE other');
  await source.sql('ALTER ROLE backup SET statement_timeout = \'1ms\'; ALTER DATABASE postgres SET role = \'other\'');
  const claim = new Claim();
  // a session of this role warns first: it may not become the other one
  const files = scripts((text) => text.replace('query postgres "$sql" || fail "the server could not be asked for its databases', () => 'query postgres "SELECT pg_sleep(0.1), 1 / 0" || fail "the server could not be asked for its databases'));
  const { status, last } = await claim.run(source, { files });
  expect([status, last]).toEqual([1, expect.stringContaining('the server could not be asked for its databases: ERROR:  division by zero')]);
  await source.pod.end();
});
