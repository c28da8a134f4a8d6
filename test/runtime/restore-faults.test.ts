import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Claim, Database, finish, scripts } from './backup-fixture';
import { databases, dropOthers, largestFile, open, own, runRestore, session, startRestore, sumAgain } from './restore-fixture';
import { server } from '../support/servers';

const onlyOrders = { PGSTS_RESTORE_DATABASE: 'orders' };
const everything = 'SELECT count(*), md5(string_agg(l::text, \',\' ORDER BY id)) FROM lines l';

let source: Database;
let target: Database;
const claim = new Claim();
let expected: string;

beforeAll(async () => {
  source = await Database.start(server(17), 'CREATE ROLE app LOGIN; CREATE DATABASE orders OWNER app; CREATE DATABASE zeta OWNER app;');
  await source.sql('CREATE TABLE lines AS SELECT i AS id, md5(i::text) AS note FROM generate_series(1, 20000) i; ALTER TABLE lines OWNER TO app', 'orders');
  await source.sql('CREATE TABLE other AS SELECT 1 AS id', 'zeta');
  expected = await source.sql(everything, 'orders');
  expect(await claim.run(source)).toMatchObject({ status: 0 });
  target = await open(await Database.start(server(17), '', { role: false }));
});

/** As if nothing had been restored. */
async function clear(): Promise<void> {
  await dropOthers(target);
  await target.sql('DROP ROLE IF EXISTS app; DROP ROLE IF EXISTS backup');
}

afterEach(clear);

/** A copy of the backup, with something done to it. */
function damagedClaim(damage: (backup: string) => void): Claim {
  const copy = new Claim();
  copy.copy(claim.directory, '../orders-db');
  damage(copy.newest);
  return copy;
}

test('a restore that is killed at any of its external commands is completed by the next one, and never leaves half a database in place', async () => {
  let n = 0;
  for (let reached = true; reached; ) {
    n += 1;
    const pod = await startRestore(claim, target, { env: onlyOrders, pod: { killAt: n } });
    const { status } = await finish(pod);
    ({ reached } = pod);
    if (!reached) expect(status).toBe(0);
    await pod.end();
    if ((await databases(target)).includes('orders')) expect([n, await target.sql(everything, 'orders')]).toEqual([n, expected]);
    const next = await runRestore(claim, target, { env: onlyOrders });
    expect([n, next.status, next.status === 0 ? '' : next.log]).toEqual([n, 0, '']);
    expect([n, await target.sql(everything, 'orders')]).toEqual([n, expected]);
    expect(await databases(target)).toEqual(['orders', ...own]);
    await clear();
  }
  console.log(`killed at each of ${n - 1} external commands, run ${n} ended unharmed`);
  expect(n).toBeGreaterThan(20);
}, 600_000);

test('a restore that is killed where an empty database is replaced is completed by the next one', async () => {
  let n = 19;
  for (let reached = true; reached; ) {
    n += 1;
    await target.sql('CREATE ROLE app LOGIN; CREATE DATABASE orders OWNER app');
    // the first commands do not differ from those above
    const pod = await startRestore(claim, target, { env: onlyOrders, pod: { killAt: n } });
    await finish(pod);
    ({ reached } = pod);
    await pod.end();
    expect(await runRestore(claim, target, { env: onlyOrders })).toMatchObject({ status: 0 });
    expect([n, await target.sql(everything, 'orders')]).toEqual([n, expected]);
    expect(await databases(target)).toEqual(['orders', ...own]);
    await clear();
  }
  console.log(`killed at external commands 20 to ${n - 1}, run ${n} ended unharmed`);
  expect(n).toBeGreaterThan(30);
}, 300_000);

describe('two at once', () => {
  test('do not run: the second restore into a server is refused', async () => {
    const lock = await session(target, 'postgres', 'SELECT pg_advisory_lock(32199629570863717)::text || \'held\';');
    const { status, last } = await runRestore(claim, target);
    await lock.end();
    expect([status, last]).toEqual([1, expect.stringMatching(/failed: another restore into this server runs; wait for its end and start this one again$/)]);
    expect(await databases(target)).toEqual(own);
  });

  test('a backup waits for the end of a restore that reads its claim, and says so', async () => {
    const pod = await startRestore(claim, target, { credentials: { 'restore-password': 'not yet' } });
    await pod.waitForLog('waiting for');
    const backup = await claim.run(source);
    await pod.end();
    expect([backup.status, backup.last]).toEqual([1, expect.stringMatching(/failed: a restore reads this claim; wait for its end and start this backup again$/)]);
  });

  test('a restore waits for the end of a backup on the claim, and says who makes it', async () => {
    const one = new Claim();
    await one.run(source);
    const pod = await one.start(source, { credentials: { 'backup-password': 'not yet' } });
    await pod.waitForLog('waiting for');
    const { status, last } = await runRestore(one, target);
    await pod.end();
    expect([status, last]).toEqual([1, expect.stringMatching(/failed: a backup runs on this claim \(orders-db-backup-1 since \S+Z\); wait for its end/)]);
  });
});

describe('a damaged backup', () => {
  test('with one flipped bit is refused with the name of the file, and nothing is changed', async () => {
    const copy = damagedClaim((backup) => {
      const file = largestFile(backup, 'orders');
      const bytes = readFileSync(file);
      const middle = Math.floor(bytes.length / 2);
      bytes[middle] += bytes[middle] % 2 === 0 ? 1 : -1;
      writeFileSync(file, bytes);
    });
    const { status, log, last } = await runRestore(copy, target);
    expect([status, last]).toEqual([1, expect.stringMatching(/failed: \d{8}T\d{6}Z is damaged, its files are named above; use another backup, nothing was changed$/)]);
    expect(log).toMatch(/\d+-orders\/\d+\.dat\S*: FAILED/);
    expect(await databases(target)).toEqual(own);
  });

  test('that was cut off before it was summed is found by its number of rows, where pg_restore sees nothing', async () => {
    const copy = damagedClaim((backup) => {
      const file = largestFile(backup, 'orders');
      truncateSync(file, Math.floor(readFileSync(file).length / 2));
      sumAgain(backup);
    });
    const { status, last } = await runRestore(copy, target);
    expect([status, last]).toEqual([1, expect.stringMatching(
      /failed: the database "orders" has 1 tables, \d+ rows and 0 large objects when it is restored, and the backup recorded 1, 20000 and 0: its dump is damaged; use another backup, nothing was put in place$/)]);
    expect(await databases(target)).toEqual(own);
  });

  test('with a file that no sum covers, or without one that a sum names, is refused', async () => {
    const more = damagedClaim((backup) => writeFileSync(`${largestFile(backup, 'orders')}.more`, 'x'));
    expect((await runRestore(more, target)).last).toMatch(/has \d+ files to read and \d+ checksums of them; use another backup$/);
    const record = damagedClaim((backup) => writeFileSync(join(backup, 'backup.json'), '{}'));
    expect((await runRestore(record, target)).last).toMatch(/there is no complete backup of orders-db on this claim$/);
  });

  test('without the role that its tables belong to fails with the name of the role, and nothing is put in place', async () => {
    const copy = damagedClaim((backup) => {
      const file = join(backup, 'globals.sql');
      writeFileSync(file, readFileSync(file, 'utf8').replace(/^.* ROLE app.*\n/gm, ''));
      sumAgain(backup);
    });
    const { status, log, last } = await runRestore(copy, target, { env: onlyOrders });
    expect([status, last]).toEqual([1, expect.stringContaining('the database "orders" could not be restored, the reason stands above')]);
    expect(log).toContain('role "app" does not exist');
    expect(await databases(target)).toEqual(own);
  });
});

test('SIGTERM ends a restore at once, and what it had half restored is removed', async () => {
  const files = scripts((text) => text.replace('compare "$1" "$2" "$staging"', 'run sleep 60; compare "$1" "$2" "$staging"'));
  const pod = await startRestore(claim, target, { env: onlyOrders, files });
  await pod.waitFor(() => pod.processes().some(({ name }) => name === 'sleep'), { what: 'a restored database that is not compared yet' });
  expect((await databases(target)).filter((name) => /^restore-\d{8}T\d{6}Z-[0-9a-f]{8}-\d+$/.test(name))).toHaveLength(1);
  pod.signal('SIGTERM');
  const { status, last } = await finish(pod);
  expect([status, last]).toEqual([143, expect.stringContaining('failed: ended by SIGTERM before it was complete; no database was replaced by half of another')]);
  expect(await databases(target)).toEqual(own);
});

test('what somebody makes in the empty database meanwhile is never lost', async () => {
  await target.sql('CREATE ROLE app LOGIN; CREATE DATABASE orders OWNER app CONNECTION LIMIT 7');
  const files = scripts((text) => text.replace('compare "$1" "$2" "$staging"', 'run sleep 60 || true; compare "$1" "$2" "$staging"'));
  const pod = await startRestore(claim, target, { env: onlyOrders, files });
  await pod.waitFor(() => pod.processes().some(({ name }) => name === 'sleep'), { what: 'a restored database that is not compared yet' });
  await target.sql('CREATE TABLE precious AS SELECT 1 AS id', 'orders');
  pod.kill9(pod.processes().find(({ name }) => name === 'sleep')!.pid);
  const { status, last } = await finish(pod);
  expect([status, last]).toEqual([1, expect.stringMatching(/failed: somebody has filled the database "orders" meanwhile \(1 relations such as precious\); it is left alone$/)]);
  const again = await runRestore(claim, target, { env: onlyOrders });
  expect([again.status, again.last]).toEqual([1, expect.stringMatching(/failed: the database "orders" is not empty \(1 relations such as precious\); nothing was changed/)]);
  expect(await target.sql('SELECT count(*) FROM precious', 'orders')).toBe('1\n');
  expect(await target.sql('SELECT datconnlimit FROM pg_database WHERE datname = \'orders\'')).toBe('7\n');
});

test('no verifier and no password is in the server\'s log, in arguments or in the environment', async () => {
  await target.sql('ALTER SYSTEM SET log_statement = \'all\'; ALTER SYSTEM SET log_min_duration_statement = 0; SELECT pg_reload_conf()');
  const before = target.pod.logs().length;
  const files = scripts((text) => text.replace('compare "$1" "$2" "$staging"', 'run sleep 60; compare "$1" "$2" "$staging"'));
  const pod = await startRestore(claim, target, { env: onlyOrders, files });
  await pod.waitFor(() => pod.processes().some(({ name }) => name === 'sleep'), { what: 'a restore at work' });
  const processes = await pod.exec(['bash', '-c', 'cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline | tr "\\0" "\\n"']);
  await pod.end();
  const said = target.pod.logs().slice(before) + processes.stdout;
  expect(said).toContain('PGUSER=restore');
  expect(said).not.toMatch(/SCRAM-SHA-256|re:store/);
  await target.sql('ALTER SYSTEM RESET ALL; SELECT pg_reload_conf()');
});
