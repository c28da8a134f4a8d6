import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { definitions, everyName, fill, hostileNames, roles, rows, setUp } from './backup-contents';
import { BackupRecord, Claim, Database, Finished, permissions, restore, verify } from './backup-fixture';
import { server, Server, servers } from '../support/servers';

describe.each(servers.map((each) => [String(each), each] as const))('a backup of %s', (_, under: Server) => {
  let source: Database;
  let restored: Database;
  let finished: Finished;
  let record: BackupRecord;
  const claim = new Claim();

  beforeAll(async () => {
    source = await Database.start(under, setUp);
    await fill(source);
    finished = await claim.run(source);
    record = claim.record();
    restored = await restore(under, claim);
  });

  test('ends with status 0 and says so in its last line', () => {
    expect(finished.last).toMatch(/backup \d{8}T\d{6}Z of 19 databases is complete: \d+ bytes in \d+ s$/);
    expect(finished.status).toBe(0);
  });

  test('holds every database that accepts connections under its real name, in a directory with a safe one', () => {
    expect(record.databases.map(({ name }) => name).sort()).toEqual([...everyName].sort());
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
    for (const name of everyName) expect(await definitions(restored, name)).toBe(await definitions(source, name));
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
