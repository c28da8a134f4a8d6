import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { claimWith, serving, start, state } from './fixture';
import { temporaryClaim } from '../support/pod';
import { server } from '../support/servers';

jest.setTimeout(120_000);
const one = server(17);

/** Makes what looks like a database of that major in a directory of the claim. */
function layOut(claim: string, directory: string, major: string, ...others: string[]): void {
  mkdirSync(join(claim, directory, 'base/1'), { recursive: true });
  for (const file of ['PG_VERSION', 'base/1/PG_VERSION', ...others]) writeFileSync(join(claim, directory, file), `${major}\n`);
}

test.each([
  ['the official image before 18, mounted below', '.', '16', 'the official image before 18, whose volume was the data directory itself,'],
  ['the official image before 18, mounted at its parent', 'data', '15', 'a sub-path of the official image'],
  ['a PGDATA below a mount point', 'data/pgdata', '17', 'an image whose PGDATA was below its volume'],
  ['a sub-directory of its own', 'mine', '13', 'another image or chart'],
  ['an operator', 'pgroot/data', '16', 'Spilo'],
  ["Red Hat's image", 'userdata', '15', "Red Hat's image"],
  ["Debian's packages", '15/main', '15', "Debian's packages"],
  ['a very old release', 'data', '9', 'a sub-path of the official image'],
])('a volume of %s is recognised, named, and never initialised over', async (_, directory, major, who) => {
  const claim = claimWith((root) => layOut(root, directory, major === '9' ? '9.6' : major, 'postgresql.conf'));
  const cure = major === '17' ? ', to which bash /opt/cdk8s-postgres/adopt.sh in this pod takes it over' : '';
  const pod = await start(one, { claim });
  const place = join('/var/lib/postgresql', directory);
  expect(await state(pod, 'waiting')).toBe(
    `old-layout: the volume holds a database of PostgreSQL ${major} in ${place}, where ${who} put it; ours would be in `
    + `/var/lib/postgresql/${major}/docker${cure}. To go on all the same, acknowledge exactly this with PGSTS_ACKNOWLEDGED_MAJOR=${major}; see docs/runbooks/migrate.md`);
  expect(existsSync(join(claim, '17'))).toBe(false);
  rmSync(join(claim, directory === '.' ? 'PG_VERSION' : directory.split('/')[0]), { recursive: true });
  await state(pod, 'running');
  await pod.end();
});

test('a directory that another image made unreadable may be a database and is refused', async () => {
  const claim = claimWith((root) => {
    layOut(root, 'data', '16');
    chmodSync(join(root, 'data'), 0o700);
  });
  const pod = await start(one, { claim });
  expect(await state(pod, 'waiting')).toBe('old-layout: /var/lib/postgresql/data belongs to uid 0, cannot be read by uid 999 and may hold a database; see docs/runbooks/migrate.md');
});

test('data of another major is refused, and an acknowledgement of exactly that one starts empty beside it', async () => {
  const claim = temporaryClaim();
  await (await serving(server(16), { claim })).end();
  const pod = await start(one, { claim });
  expect(await state(pod, 'waiting')).toMatch(/^other-major: the volume holds a database of PostgreSQL 16 in \/var\/lib\/postgresql\/16\/docker.*PGSTS_ACKNOWLEDGED_MAJOR=16; see docs\/runbooks\/major-version.md$/);
  await pod.end();
  const wrong = await start(one, { claim, env: { PGSTS_ACKNOWLEDGED_MAJOR: '15' } });
  expect(await state(wrong, 'waiting')).toMatch(/^other-major: /);
  await wrong.end();
  const right = await serving(one, { claim, env: { PGSTS_ACKNOWLEDGED_MAJOR: '16' } });
  expect(right.logs()).toContain('acknowledged by PGSTS_ACKNOWLEDGED_MAJOR=16');
  expect(readdirSync(claim).sort()).toEqual(['16', '17', 'cdk8s-postgres.identity', 'cdk8s-postgres.lock']);
  await right.end();
});

test('lost+found and leftovers of an initialisation are no database', async () => {
  const left = '17/.initialising-00000000';
  const claim = claimWith((root) => {
    mkdirSync(join(root, 'lost+found'), { mode: 0o700 });
    layOut(root, left, '17');
    for (const directory of ['17', left, `${left}/base`, `${left}/base/1`]) chmodSync(join(root, directory), 0o777);
  });
  await (await serving(one, { claim })).end();
  expect(readdirSync(join(claim, '17'))).toEqual(['docker']);
});

test('a data directory that is not empty and no database is left alone', async () => {
  const claim = claimWith((root) => {
    mkdirSync(join(root, '17/docker'), { recursive: true });
    writeFileSync(join(root, '17/docker/precious'), '');
  });
  const pod = await start(one, { claim, description: { uid: 0 } });
  expect(await state(pod, 'waiting')).toMatch(/^no-database: /);
  expect(readdirSync(join(claim, '17/docker'))).toEqual(['precious']);
});

test('a volume whose database is gone is not filled with a new one unasked', async () => {
  const claim = temporaryClaim();
  await (await serving(one, { claim })).end();
  rmSync(join(claim, '17'), { recursive: true });
  const pod = await start(one, { claim });
  const found = /PGSTS_ACKNOWLEDGED_CLUSTER=(lost:orders-db\/\d+);/.exec(await state(pod, 'waiting', 'lost-database'))![1];
  await pod.end();
  // the value that takes a foreign database over does not throw a lost one away
  const taken = await start(one, { claim, env: { PGSTS_ACKNOWLEDGED_CLUSTER: found.replace('lost:', '') } });
  await state(taken, 'waiting', 'lost-database');
  await taken.end();
  await (await serving(one, { claim, env: { PGSTS_ACKNOWLEDGED_CLUSTER: found } })).end();
});

test('a lost database is told although another major lies beside it and stays acknowledged', async () => {
  const claim = temporaryClaim();
  await (await serving(server(16), { claim })).end();
  const env = { PGSTS_ACKNOWLEDGED_MAJOR: '16' };
  await (await serving(one, { claim, env })).end();
  rmSync(join(claim, '17'), { recursive: true });
  const pod = await start(one, { claim, env });
  expect(await state(pod, 'waiting', 'lost-database')).toContain('which is gone');
  await pod.end();
});

test('an unreadable directory further down may be a database too', async () => {
  const claim = claimWith((root) => {
    layOut(root, 'pgroot/data', '16');
    chmodSync(join(root, 'pgroot'), 0o755);
    chmodSync(join(root, 'pgroot/data'), 0o700);
  });
  const pod = await start(one, { claim });
  expect(await state(pod, 'waiting')).toMatch(/^old-layout: \/var\/lib\/postgresql\/pgroot\/data belongs to uid 0, cannot be read/);
  await pod.end();
});
