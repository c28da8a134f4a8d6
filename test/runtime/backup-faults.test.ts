import { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { backupPassword, Claim, Database, finish, permissions, scripts, smallVolume, verify } from './backup-fixture';
import { Pod } from '../support/pod';
import { server } from '../support/servers';

const MiB = 1024 * 1024;
const shortRetention = { PGSTS_KEEP_LAST: '1', PGSTS_KEEP_DAILY: '0', PGSTS_KEEP_WEEKLY: '0', PGSTS_KEEP_MONTHLY: '0', PGSTS_KEEP_MINIMUM: '1' };

let database: Database;
beforeAll(async () => {
  database = await Database.start(server(17), 'CREATE DATABASE orders; CREATE DATABASE zeta;');
  await database.sql('CREATE TABLE lines AS SELECT i AS id, md5(i::text) AS note FROM generate_series(1, 20000) i', 'orders');
  await database.sql('CREATE TABLE other AS SELECT 1 AS id', 'zeta');
});

/** A session that keeps a dump of orders waiting, with its first database done. */
async function holdUp(): Promise<() => Promise<void>> {
  const session: ChildProcess = database.pod.spawn(['psql', '-XAtq', '-d', 'orders']);
  const closed = new Promise((resolve) => session.on('close', resolve));
  session.stdin!.write('BEGIN; LOCK TABLE lines IN ACCESS EXCLUSIVE MODE; SELECT \'held\';\n');
  await new Promise((resolve) => session.stdout!.once('data', resolve));
  return async () => {
    session.stdin!.end('ROLLBACK;\n');
    await closed;
  };
}

/** A backup that stands still in the middle: postgres and template1 are dumped, orders is waited for. */
async function heldUp(claim: Claim, options: Parameters<Claim['start']>[1] = {}): Promise<{ pod: Pod; release: () => Promise<void> }> {
  const release = await holdUp();
  const pod = await claim.start(database, options);
  await pod.waitFor(async () => (await sessions()).includes('waiting'), { what: 'a dump that waits for the lock' });
  return { pod, release };
}

async function sessions(): Promise<string> {
  return database.sql('SELECT CASE wait_event_type WHEN \'Lock\' THEN \'waiting\' ELSE state END FROM pg_stat_activity WHERE usename = \'backup\'');
}

/** A claim with one good backup. */
async function claimWithBackup(): Promise<Claim> {
  const claim = new Claim();
  expect(await claim.run(database)).toMatchObject({ status: 0 });
  return claim;
}

describe('a backup that is killed', () => {
  test('at any of its external commands never leaves half a backup that counts, and the next run is good', async () => {
    const claim = await claimWithBackup();
    let n = 0;
    for (let reached = true; reached; ) {
      n += 1;
      const pod = await claim.start(database, { env: shortRetention, pod: { killAt: n } });
      const { status } = await finish(pod);
      ({ reached } = pod);
      if (!reached) expect(status).toBe(0);
      expect(claim.backups.length).toBeGreaterThan(0);
      for (const backup of claim.backups) expect([n, verify(join(claim.directory, backup))]).toEqual([n, true]);
      await pod.end();
      // every third kill is followed by further kills instead: leftovers of leftovers
      if (n % 3 === 0) continue;
      expect(await claim.run(database, { env: shortRetention })).toMatchObject({ status: 0 });
      expect(claim.names).toHaveLength(1);
      expect(verify(claim.newest)).toBe(true);
    }
    console.log(`killed at each of ${n - 1} external commands, run ${n} ended unharmed`);
    expect(n).toBeGreaterThan(20);
  }, 300_000);

  test('in the middle of a dump frees the lock, and the next run removes what it left', async () => {
    const claim = await claimWithBackup();
    const { pod, release } = await heldUp(claim);
    await pod.kill();
    await release();
    expect(claim.names.filter((name) => name.startsWith('.partial-'))).toHaveLength(1);
    const next = await claim.run(database);
    expect(next).toMatchObject({ status: 0 });
    expect(next.log).toMatch(/removing \.partial-\S+, left by a run that did not end/);
    expect(claim.names).toEqual(claim.backups);
    expect(claim.backups).toHaveLength(2);
  });

  test('by SIGTERM ends its children and sessions at once, removes what it wrote and says why', async () => {
    const claim = await claimWithBackup();
    const { pod, release } = await heldUp(claim);
    expect(pod.processes().filter(({ name }) => name === 'pg_dump').length).toBeGreaterThan(0);
    const begun = Date.now();
    pod.signal('SIGTERM');
    const ended = await finish(pod);
    expect(Date.now() - begun).toBeLessThan(2000);
    expect(ended.status).toBe(143);
    expect(ended.last).toMatch(/failed: ended by SIGTERM before it was complete; earlier backups are untouched; .* give it more time$/);
    await database.pod.waitFor(async () => (await sessions()) === '', { what: 'no session of the backup' });
    await release();
    expect(claim.names).toEqual(claim.backups);
    expect(verify(claim.newest)).toBe(true);
  });
});

test('everything is on the disk before a backup has its name, and then the name', async () => {
  const claim = new Claim();
  const pod = await claim.start(database, { pod: { killAt: 0 } });
  expect(await finish(pod)).toMatchObject({ status: 0 });
  const commands = pod.commands().slice(-6, -1).map((line) => line.replace(/\d{8}T\d{6}Z(-\d+)?/g, 'T').split('/backup/orders-db').join(''));
  const files = ['1-template1', '2-postgres', '3-orders', '4-zeta', 'SHA256SUMS', 'backup.json', 'globals.sql'].map((name) => `/.partial-T/${name}`);
  expect(commands).toEqual([`sync ${files.join(' ')} /.partial-T`, 'mv -T /.partial-T /T', 'ln -s T /.latest-T', 'mv -T /.latest-T /latest', 'sync ']);
});

describe('a pg_dump that is killed', () => {
  test('fails the backup, which says what to do against it', async () => {
    const claim = await claimWithBackup();
    const { pod, release } = await heldUp(claim);
    pod.kill9(pod.processes().filter(({ name }) => name === 'pg_dump')[0].pid);
    const { status, last } = await finish(pod);
    await release();
    expect(status).toBe(1);
    expect(last).toMatch(/failed: the dump of the database "orders" was killed, most likely for lack of memory; give the Job a higher memory limit$/);
    expect(claim.names).toEqual(claim.backups);
  });
});

describe('two backups on one claim', () => {
  test('do not run at once: the second does not wait and names the first', async () => {
    const claim = new Claim();
    const { pod, release } = await heldUp(claim);
    const second = await claim.run(database, { pod: { hostname: 'orders-db-backup-2' } });
    expect(second.status).toBe(1);
    expect(second.last).toMatch(/another backup runs on this claim \(orders-db-backup-1 since \S+Z\); wait for its end and start this one again$/);
    await release();
    expect(await finish(pod)).toMatchObject({ status: 0 });
    expect(claim.backups).toHaveLength(1);
  });

  test('of two clusters do not disturb each other', async () => {
    const claim = new Claim();
    const { pod, release } = await heldUp(claim);
    const other = await claim.start(database, { env: { PGSTS_NAME: 'other-db' } });
    await release();
    expect([await finish(pod), await finish(other)]).toMatchObject([{ status: 0 }, { status: 0 }]);
    expect(readdirSync(claim.path).sort()).toEqual(['orders-db', 'other-db']);
  });
});

describe('leftovers', () => {
  test('are removed only when a run of ours made them', async () => {
    const claim = await claimWithBackup();
    const foreign = ['.partial-mine', '.deleting-this', 'keep', '.partial-20260101T000000Z-7.tar', '20260101'];
    const ours = ['.partial-20260101T000000Z-12345', '.deleting-20260101T000000Z'];
    for (const name of [...foreign, ...ours]) claim.copy(claim.newest, name);
    expect(await claim.run(database)).toMatchObject({ status: 0 });
    expect(claim.names).toEqual([...foreign, ...claim.backups].sort());
  });
});

describe('the space of the claim', () => {
  const volumes: (() => void)[] = [];
  const small = (bytes: number): Claim => {
    const { path, unmount } = smallVolume(bytes);
    volumes.push(unmount);
    return new Claim(path);
  };
  const fill = (claim: Claim, bytes: number) => writeFileSync(join(claim.path, 'filler'), Buffer.alloc(bytes, 1));
  afterAll(() => {
    for (const unmount of volumes) unmount();
  });

  test('must hold the databases before the first backup, and nothing is begun when it does not', async () => {
    const claim = small(8 * MiB);
    const { status, last } = await claim.run(database);
    expect(status).toBe(1);
    expect(last).toMatch(/the backup claim has \d+ bytes free and this backup may need \d{8}; make the claim larger or delete an old backup \(0 are good\); none was deleted$/);
    expect(claim.names).toEqual([]);
  });

  test('must hold a fifth more than the last backup, which then needs no room for the whole databases', async () => {
    const claim = small(64 * MiB);
    expect(await claim.run(database)).toMatchObject({ status: 0 });
    const { sizeBytes, databaseBytes } = claim.record();
    fill(claim, (64 * MiB) - sizeBytes * 4);
    expect(databaseBytes).toBeGreaterThan(sizeBytes * 4);
    const enough = await claim.run(database);
    expect(enough).toMatchObject({ status: 0 });
    expect(enough.log).toContain(`bytes free, this backup may need ${Math.floor((sizeBytes * 12) / 10)}\n`);
    fill(claim, (64 * MiB) - sizeBytes * 2.5);
    expect((await claim.run(database)).last).toContain('make the claim larger or delete an old backup (2 are good); none was deleted');
    expect(claim.backups).toHaveLength(2);
  });

  test('that ends in the middle of a dump ends the run with a sentence, and old backups stay', async () => {
    const claim = small(64 * MiB);
    expect(await claim.run(database)).toMatchObject({ status: 0 });
    const { pod, release } = await heldUp(claim);
    fill(claim, 60 * MiB);
    expect(() => writeFileSync(join(claim.path, 'rest'), Buffer.alloc(8 * MiB))).toThrow('ENOSPC');
    await release();
    const { status, last } = await finish(pod);
    expect(status).toBe(1);
    expect(last).toMatch(/did not fit: the backup claim is full; make it larger or delete an old backup \(none was deleted\)$/);
    expect(claim.names).toEqual(claim.backups);
    expect(verify(claim.newest)).toBe(true);
  });
});

describe('a database', () => {
  test('that is dropped while the backup runs is told and recorded, and does not fail it', async () => {
    await database.sql('CREATE DATABASE brief');
    const claim = new Claim();
    const { pod, release } = await heldUp(claim);
    await database.sql('DROP DATABASE brief');
    await release();
    expect(await finish(pod)).toMatchObject({ status: 0 });
    expect(claim.record().notDumped).toEqual([{ name: 'brief', reason: 'it was dropped while the backup ran' }]);
    expect(claim.record().databases.map(({ name }) => name)).not.toContain('brief');
    expect(readdirSync(claim.newest).filter((name) => name.includes('brief'))).toEqual([]);
  });

  test('whose table stays locked fails the backup after a while instead of holding up everybody behind it', async () => {
    const release = await holdUp();
    const impatient = scripts((text) => text.replace('lock_wait=10min', 'lock_wait=300ms'));
    const { status, last, log } = await new Claim().run(database, { files: impatient });
    await release();
    expect(status).toBe(1);
    expect(log).toContain('canceling statement due to');
    expect(last).toMatch(/the dump of the database "orders" failed, the reason stands above; earlier backups are untouched, start the backup again when it is cured$/);
  });

  test('with what only a superuser can read has that told and recorded', async () => {
    await database.sql(`CREATE EXTENSION postgres_fdw; CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw;
      CREATE USER MAPPING FOR postgres SERVER far OPTIONS (password 'hidden');
      CREATE USER MAPPING FOR backup SERVER far;
      CREATE SUBSCRIPTION feed CONNECTION 'host=nowhere' PUBLICATION p WITH (connect = false)`, 'zeta');
    const claim = new Claim();
    const { status, log } = await claim.run(database);
    expect(status).toBe(0);
    expect(claim.record().warnings).toEqual([{ database: 'zeta', without: '1 subscription(s) and the options of 1 user mapping(s)' }]);
    expect(log).toContain('subscriptions not dumped because current user is not a superuser');
    expect(log).toContain('the dump of the database "zeta" is without 1 subscription(s) and the options of 1 user mapping(s)');
  });
});

describe('a backup on the claim', () => {
  test('fails sha256sum -c when one bit of one file is flipped', async () => {
    const claim = await claimWithBackup();
    expect(verify(claim.newest)).toBe(true);
    const files = readdirSync(claim.newest, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(claim.newest, name)).isFile());
    for (const name of files.filter((each) => each !== 'SHA256SUMS')) {
      const path = join(claim.newest, name);
      const content = readFileSync(path);
      const flipped = Buffer.from(content);
      const middle = Math.floor(content.length / 2);
      flipped[middle] = content[middle] % 2 === 0 ? content[middle] + 1 : content[middle] - 1;
      writeFileSync(path, flipped);
      expect([name, verify(claim.newest)]).toEqual([name, false]);
      writeFileSync(path, content);
    }
    expect(verify(claim.newest)).toBe(true);
  });

  test.each(['zstd:1', 'lz4:1', 'gzip:1', '0'])('is not made of a dump (compression %s) that cannot be read to its end', async (method) => {
    const claim = await claimWithBackup();
    // a disk that loses the end of a file after pg_dump has closed it
    const lossy = scripts((text) => text.replace('for offer in zstd:1', `for offer in ${method}`)
      .replace('check_dump() {', 'check_dump() {\n  for f in "$1"/[0-9]*.dat*; do if [[ -s $f ]]; then truncate -s -10 "$f"; fi; done'));
    const { status, last } = await claim.run(database, { files: lossy });
    expect(status).toBe(1);
    expect(last).toMatch(/the dump of the database "orders" cannot be read to its end; check the volume of the backup claim$/);
    expect(claim.backups).toHaveLength(1);
  });

  test('is named by the link `latest`', async () => {
    const claim = await claimWithBackup();
    await claim.run(database);
    expect(readFileSync(join(claim.directory, 'latest/backup.json'))).toEqual(readFileSync(join(claim.newest, 'backup.json')));
  });
});

describe('the password', () => {
  test('is in no argument, environment, log or file of the claim', async () => {
    const claim = new Claim();
    const { pod, release } = await heldUp(claim);
    const seen = pod.processes().map(({ hostPid, command }) => command.join(' ') + readFileSync(`/proc/${hostPid}/environ`, 'utf8')).join('\n');
    const passfile = join(pod.hostPath('/run/cdk8s-postgres'), 'backup-passfile');
    expect(permissions(passfile)).toBe('600');
    await release();
    const { log } = await finish(pod);
    const files = readdirSync(claim.newest, { recursive: true, encoding: 'utf8' }).map((name) => join(claim.newest, name));
    const texts = [seen, log, ...files.filter((path) => statSync(path).isFile()).map((path) => readFileSync(path, 'latin1'))];
    for (const part of [backupPassword, 'back:up', 'pass\' $word', 'back\\:up']) expect(texts.some((text) => text.includes(part))).toBe(false);
    expect(existsSync(passfile)).toBe(false);
  });
});
