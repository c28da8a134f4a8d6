import { definitions, everyName, fill, hostileNames, identifier, roles, rows, setUp } from './backup-contents';
import { Claim, Database, Finished } from './backup-fixture';
import { databases, open, runRestore } from './restore-fixture';
import { Server, servers } from '../support/servers';

describe.each(servers.map((each) => [String(each), each] as const))('a restore into %s', (_, under: Server) => {
  let source: Database;
  let restored: Database;
  let finished: Finished;
  const claim = new Claim();

  beforeAll(async () => {
    source = await open(await Database.start(under, setUp));
    await fill(source);
    expect(await claim.run(source)).toMatchObject({ status: 0 });
    restored = await open(await Database.start(under, 'CREATE ROLE app LOGIN PASSWORD \'another\'; ALTER ROLE app SET work_mem = \'3MB\'; CREATE DATABASE orders OWNER app;'));
    finished = await runRestore(claim, restored);
  });

  test('ends with status 0 and says in its last line what it has done', () => {
    expect([finished.status, finished.log]).toEqual([0, expect.stringMatching(/restore: \d+ restored and compared, 0 already there, of backup \S+ of orders-db\n$/)]);
  });

  test('restores the rows of every database one by one', async () => {
    for (const name of ['orders', 'billing', 'postgres', hostileNames[0], 'pattern']) {
      const expected = await rows(source, name);
      expect(expected.split('\n')).toHaveLength(name === 'pattern' ? 2 : 6474);
      expect(await rows(restored, name)).toBe(expected);
    }
  });
  test('leaves nothing beside what the backup holds', async () => {
    expect((await databases(restored)).sort()).toEqual([...everyName, 'template0'].sort());
  });

  test('makes missing roles as they were, and leaves those alone that exist', async () => {
    const [before, after] = [await source.sql(roles), await restored.sql(roles)].map((text) => text.split('\n'));
    const own = /^(app|backup|restore)\|/;
    expect(after.filter((line) => !own.test(line))).toEqual(before.filter((line) => !own.test(line)));
    expect(after.filter((line) => !own.test(line)).join()).toMatch(/reader/);
    expect(after.find((line) => line.startsWith('app|'))).not.toBe(before.find((line) => line.startsWith('app|')));
    expect(await restored.sql('SELECT setconfig FROM pg_db_role_setting JOIN pg_roles r ON r.oid = setrole WHERE rolname = \'app\' AND setdatabase = 0')).toBe('{work_mem=3MB}\n');
  });

  test('again does nothing, and says of every database why', async () => {
    const again = await runRestore(claim, restored);
    expect([again.status, again.last]).toEqual([0, expect.stringMatching(/restore: 0 restored and compared, \d+ already there, of backup/)]);
    expect(again.log).toContain('database "orders" was restored from this backup already and is left alone; to restore it again, drop it first');
  });

  test('restores definitions, owners, privileges and settings', async () => {
    for (const name of everyName) {
      // what a restored database carries so that the next run knows it
      await restored.sql(`ALTER DATABASE ${identifier(name)} RESET cdk8s_postgres.restored`);
      expect([name, await definitions(restored, name)]).toEqual([name, await definitions(source, name)]);
    }
  });
});
