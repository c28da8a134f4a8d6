import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { adopt, hiding, OldDatabase, oldClaim } from './adopt-fixture';
import { canLogIn, configuration, serving, settings, sql, start, state } from './fixture';
import { Mount, Pod } from '../support/pod';
import { server, servers } from '../support/servers';

jest.setTimeout(180_000);
const one = server(17);
const libc = '--libc=glibc-2.36';
/** The library of this machine, so that nothing else is refused. */
let machine = '';

beforeAll(async () => {
  const pod = await serving(one);
  machine = `--libc=${/^libc=(.*)$/m.exec((await pod.exec(['cat', '/var/lib/postgresql/cdk8s-postgres.identity'])).stdout)![1]}`;
  await pod.end();
});

async function expectOurs(pod: Pod): Promise<void> {
  await state(pod, 'running');
  expect(await sql(pod, 'SELECT count(*) FROM kept')).toBe('1000');
  await pod.waitForLog('applied the declared');
  expect(await canLogIn(pod, 'shop', 'shop-secret')).toBe(true);
}

interface Layout extends OldDatabase {
  readonly told: string;
  readonly mounts?: (claim: string) => readonly Mount[];
}

const layouts: readonly (readonly [string, Layout])[] = [
  ['the official image, whose volume was its data directory', { directory: '.', told: 'the official image before 18' }],
  ['the official image, whose volume was its data directory, under an image of that kind', { directory: '.', told: 'the official image before 18', mounts: hiding }],
  ['the official image with a sub-path', { directory: 'data', told: 'a sub-path of the official image' }],
  ['the official image with a sub-path, under an image that hides it', { directory: 'data', told: 'a sub-path of the official image', mounts: hiding }],
  ['the official image with PGDATA in a sub-directory', { directory: 'pgdata', told: 'an image whose PGDATA was below its volume' }],
  ['the official image with PGDATA below a sub-path, under an image that hides it', { directory: 'data/pgdata', told: 'an image whose PGDATA was below its volume', mounts: hiding }],
  ['Bitnami', { directory: 'data', uid: 1001, withoutConfiguration: true, told: "Bitnami's image" }],
  ['Bitnami, under an image that hides it', { directory: 'data', uid: 1001, withoutConfiguration: true, told: "Bitnami's image", mounts: hiding }],
  ['an operator', { directory: 'pgroot/data', told: 'Spilo' }],
];

test.each(layouts)('a database of %s is named, taken over without a copy, and served', async (_, { told, mounts, ...old }) => {
  const claim = await oldClaim(one, { superuser: 'shop', ...old });
  const uid = old.uid ?? 999;
  const passwd = { path: '/etc/passwd', kind: 'files', files: { passwd: `postgres:x:${uid}:${uid}::/var/lib/postgresql:/bin/bash\n` }, subPath: 'passwd' } as const;
  const pod = await start(one, { claim, mounts: [...mounts?.(claim) ?? [], passwd], description: { uid } });
  const reason = await state(pod, 'waiting', 'old-layout');
  expect(reason).toContain(`where ${told}`);
  expect(reason).toContain('to which bash /opt/cdk8s-postgres/adopt.sh in this pod takes it over');
  const before = readdirSync(claim).sort();
  expect(await adopt(pod)).toMatchObject({ status: 0, stderr: expect.stringContaining('nothing was changed') });
  expect(readdirSync(claim).sort()).toEqual(before);
  const result = await adopt(pod, machine);
  expect(result).toMatchObject({ status: 0, stderr: expect.stringMatching(/postgresql.auto.conf sets work_mem;.*stay in force[^]*took over/) });
  expect(result.stderr).toContain('made the role shop a superuser');
  expect(result.stderr).not.toContain('5000');
  await expectOurs(pod);
  expect(await sql(pod, 'SHOW work_mem')).toBe('5000kB');
  expect(readdirSync(join(claim, '17'))).toEqual(['docker']);
  await pod.end();
});

test.each(servers)('%s takes over what an older image of its major left', async (postgres) => {
  const claim = await oldClaim(postgres, { directory: '.' });
  const pod = await start(postgres, { claim });
  await state(pod, 'waiting', 'old-layout');
  expect((await adopt(pod, machine)).status).toBe(0);
  await expectOurs(pod);
  await pod.end();
});

test('a database whose old server was killed is taken over only when told, and recovered', async () => {
  const claim = await oldClaim(one, { directory: 'pgdata', crashed: true });
  const pod = await start(one, { claim });
  await state(pod, 'waiting', 'old-layout');
  const refused = await adopt(pod, machine);
  expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('the old server did not shut down (in production), or still runs') });
  expect(readdirSync(claim).sort()).toEqual(['cdk8s-postgres.lock', 'pgdata']);
  expect((await adopt(pod, machine, '--crashed')).status).toBe(0);
  await expectOurs(pod);
  await pod.end();
});

test('another C library than the old image had is asked about before a server starts', async () => {
  const claim = await oldClaim(one, { directory: 'pgdata' });
  const pod = await start(one, { claim });
  await state(pod, 'waiting', 'old-layout');
  expect((await adopt(pod, '--libc=musl-1.2')).status).toBe(0);
  expect(await state(pod, 'waiting', 'other-libc')).toContain('this database ran with the C library musl-1.2');
  await pod.end();
});

/** Each spoils a database that could be taken over. */
const spoilt: readonly (readonly [string, (data: string) => void, RegExp])[] = [
  ['a standby', (data) => writeFileSync(join(data, 'standby.signal'), ''), /standby\.signal shows that this is a standby/],
  ['a copy of a running server', (data) => writeFileSync(join(data, 'backup_label'), ''), /backup_label shows that this is a standby or an unfinished copy/],
  ['another major', (data) => writeFileSync(join(data, 'PG_VERSION'), '16\n'), /it is of PostgreSQL 16, declared is 17/],
  ['WAL behind a relative link', (data) => {
    renameSync(join(data, 'pg_wal'), join(data, 'wal'));
    symlinkSync('wal', join(data, 'pg_wal'));
  }, /pg_wal points to wal, which would be another place once the database has moved/],
  ['half a database', (data) => writeFileSync(join(data, 'global/pg_control'), ''), /holds no complete database/],
];

test.each(spoilt)('%s is refused with a sentence, and nothing is moved', async (_, spoil, sentence) => {
  const claim = await oldClaim(one, { directory: 'pgdata' });
  spoil(join(claim, 'pgdata'));
  const pod = await start(one, { claim });
  await state(pod, 'waiting', 'old-layout');
  expect(await adopt(pod, libc)).toMatchObject({ status: 1, stderr: expect.stringMatching(sentence) });
  expect(readdirSync(claim).sort()).toEqual(['cdk8s-postgres.lock', 'pgdata']);
  await pod.end();
});

test('a database that is half moved is not started over, and is told', async () => {
  const claim = await oldClaim(one, { directory: 'pgdata' });
  mkdirSync(join(claim, '17'));
  chmodSync(join(claim, '17'), 0o777);
  // at no moment of the move is there less to be seen
  renameSync(join(claim, 'pgdata'), join(claim, '17/adopting'));
  renameSync(join(claim, '17/adopting/PG_VERSION'), join(claim, 'moving'));
  const pod = await start(one, { claim, env: { PGSTS_ACKNOWLEDGED_MAJOR: '17' } });
  expect(await state(pod, 'waiting')).toBe(
    'old-layout: /var/lib/postgresql/17/adopting is a database that is being taken over: '
    + 'run bash /opt/cdk8s-postgres/adopt.sh again in this pod; see docs/runbooks/migrate.md');
  expect(readdirSync(join(claim, '17'))).toEqual(['adopting']);
  renameSync(join(claim, 'moving'), join(claim, '17/adopting/PG_VERSION'));
  expect(await adopt(pod, machine)).toMatchObject({ status: 0, stderr: expect.stringContaining('took over') });
  await expectOurs(pod);
  await pod.end();
});

test('a library that only an extension asks for and the image lacks keeps no database from being taken over', async () => {
  const claim = await oldClaim(one, { directory: 'pgdata' });
  const files = { 'postgresql.conf': `${settings}shared_preload_libraries = 'no_such'\n`, 'preload': 'no_such\tno_such_extension\n' };
  const pod = await start(one, { claim, mounts: [{ path: `${configuration}/settings`, kind: 'files', files }] });
  await state(pod, 'waiting', 'old-layout');
  expect(await adopt(pod, machine)).toMatchObject({ status: 0, stderr: expect.stringContaining('the image has no library no_such') });
  await expectOurs(pod);
  await pod.end();
});

test('settings of ALTER SYSTEM with which this image cannot start are refused before anything is moved', async () => {
  const claim = await oldClaim(one, { directory: 'pgdata' });
  const auto = join(claim, 'pgdata/postgresql.auto.conf');
  const before = readFileSync(auto);
  const pod = await start(one, { claim });
  await state(pod, 'waiting', 'old-layout');
  for (const [line, said] of [
    ["shared_preload_libraries = '\"no_such\"'", 'could not access file "no_such"'],
    ["wal_level = 'minimal'", 'WAL streaming'],
  ]) {
    writeFileSync(auto, `${String(before)}${line}\n`);
    for (const options of [[], [machine]]) {
      const { status, stderr } = await adopt(pod, ...options);
      expect([status, stderr]).toEqual([1, expect.stringMatching(/cannot start with the program's parameters and \/var\/lib\/postgresql\/pgdata\/postgresql\.auto\.conf: /)]);
      expect(stderr).toContain(said);
    }
    expect(readdirSync(claim).sort()).toEqual(['cdk8s-postgres.lock', 'pgdata']);
  }
  writeFileSync(auto, before);
  expect((await adopt(pod, machine)).status).toBe(0);
  await expectOurs(pod);
  await pod.end();
});

test('files of another user are refused with the number of that user', async () => {
  const claim = await oldClaim(one, { directory: 'pgdata', uid: 1001 });
  const closed = await start(one, { claim });
  expect(await state(closed, 'waiting')).toBe(
    'old-layout: /var/lib/postgresql/pgdata belongs to uid 1001, cannot be read by uid 999 and may hold a database; see docs/runbooks/migrate.md');
  expect(await adopt(closed, libc)).toMatchObject({ status: 1, stderr: expect.stringContaining('there is no database that could be taken over') });
  await closed.end();
  chmodSync(join(claim, 'pgdata'), 0o755);
  const file = await start(one, { claim });
  expect(await state(file, 'waiting')).toMatch(/^old-layout: \/var\/lib\/postgresql\/pgdata belongs to uid 1001, cannot be read/);
  await file.end();
  chmodSync(join(claim, 'pgdata/PG_VERSION'), 0o644);
  const open = await start(one, { claim });
  await state(open, 'waiting', 'old-layout');
  expect(await adopt(open, libc)).toMatchObject({ status: 1, stderr: expect.stringContaining('it belongs to uid 1001, this pod runs as 999') });
  await open.end();
});

test('of several databases one has to be named', async () => {
  const claim = await oldClaim(one, { directory: 'pgdata' });
  mkdirSync(join(claim, 'older'));
  writeFileSync(join(claim, 'older/PG_VERSION'), '17\n');
  const pod = await start(one, { claim });
  await state(pod, 'waiting', 'old-layout');
  expect(await adopt(pod, machine)).toMatchObject({ status: 1, stderr: expect.stringMatching(/several databases; name one with --directory=: .*\/older .*\/pgdata/) });
  expect((await adopt(pod, machine, '--directory=/var/lib/postgresql/pgdata')).status).toBe(0);
  await expectOurs(pod);
  expect(existsSync(join(claim, 'older/PG_VERSION'))).toBe(true);
  await pod.end();
});

test.each([
  [['--libc=Debian'], /Debian is not the name of a C library/],
  [['--force'], /--force is none of/],
  [[libc], /this pod does not wait with old-layout, but is running/],
])('in a pod that serves, adopt.sh %j is refused', async (options, sentence) => {
  const pod = await serving(one);
  expect(await adopt(pod, ...options)).toMatchObject({ status: 1, stderr: expect.stringMatching(sentence) });
  await pod.end();
});

test('owner.sql, which copies the verifier of a password, leaves it in no log and in no statistics', async () => {
  const pod = await serving(one, { settings: "shared_preload_libraries = 'pg_stat_statements'\nlog_statement = 'all'\n" });
  await sql(pod, 'CREATE EXTENSION pg_stat_statements; ALTER ROLE shop SUPERUSER');
  const script = readFileSync(join(__dirname, '../../examples/09-migrate-deployment/owner.sql'));
  const result = await pod.exec(['psql', '-X', '-U', 'postgres', '-d', 'shop', '-v', 'role=shop', '-f', '-'], { input: script });
  expect(result).toMatchObject({ status: 0, stderr: '' });
  expect(await canLogIn(pod, 'shop', 'shop-secret')).toBe(true);
  expect(await sql(pod, "SELECT count(*) FROM pg_stat_statements WHERE query ~ 'ALTER ROLE shop SUPERUSER'")).toBe('1');
  expect(await sql(pod, "SELECT count(*) FROM pg_stat_statements WHERE query ~ 'SCRAM-SHA-256[$]4096'")).toBe('0');
  expect(pod.logs()).not.toContain('SCRAM-SHA-256$4096');
  await pod.end();
});
