import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Pod } from './pod';
import { allServers, Capabilities, Server, server, servers, serversThatCan } from './servers';
import { shellcheck } from './shellcheck';

jest.setTimeout(180_000);

const programs = [
  'clusterdb', 'createdb', 'createuser', 'dropdb', 'dropuser', 'initdb', 'pg_amcheck', 'pg_archivecleanup', 'pg_basebackup', 'pg_checksums',
  'pg_config', 'pg_controldata', 'pg_ctl', 'pg_dump', 'pg_dumpall', 'pg_isready', 'pg_receivewal', 'pg_recvlogical', 'pg_resetwal', 'pg_restore',
  'pg_rewind', 'pg_test_fsync', 'pg_upgrade', 'pg_verifybackup', 'pg_waldump', 'pgbench', 'postgres', 'psql', 'reindexdb', 'vacuumdb',
];

describe('the servers', () => {
  test('of the wheels can run everywhere', () => {
    expect(servers.map(({ major }) => major)).toEqual(expect.arrayContaining([16, 17, 18]));
    expect(allServers.map(({ major }) => major)).toEqual([15, 16, 17, 18]);
  });

  test('are chosen by what they can do, and none is an error', () => {
    expect(serversThatCan('zstd', 'builtinLocale').map(({ major }) => major)).toEqual([17]);
    expect(() => serversThatCan('builtinLocale', 'jit')).toThrow('no PostgreSQL on this machine can do builtinLocale and jit');
    expect(() => server(9)).toThrow('no PostgreSQL 9');
  });

  test('are brought once, whole, by callers at the same time', async () => {
    const [one, other] = await Promise.all([server(17).bring(), server(17).bring()]);
    expect(one).toEqual(other);
    expect(readdirSync(join(one.root!, '..')).filter((name) => name.startsWith('.partial-celerp'))).toEqual([]);
  });
});

describe.each(servers.map((each) => [String(each), each] as const))('%s', (_, each) => {
  let pod: Pod;
  beforeAll(async () => {
    pod = await Pod.start({ server: each, mounts: [{ path: '/tmp', kind: 'memory' }] });
  });
  afterAll(async () => pod?.end());

  test('has the version of the table in each program', async () => {
    for (const program of ['postgres', 'initdb', 'psql', 'pg_dump', 'pg_basebackup']) {
      const { stdout } = await pod.exec([program, '--version']);
      expect(stdout).toMatch(new RegExp(`\\(PostgreSQL\\) ${each.version.replace('.', '\\.')}(\\.|\\s)`));
    }
  });

  test('can do what the table says and no more', async () => {
    expect(await capabilities(each, pod)).toEqual(each.can);
  });
});

test('shellcheck is brought and finds', async () => {
  const program = await shellcheck();
  expect(execFileSync(program, ['--version'], { encoding: 'utf8' })).toContain('version: 0.11.0');
  expect(() => execFileSync(program, ['-s', 'bash', '-'], { input: 'echo $1\n', stdio: 'pipe' })).toThrow();
});

test('the script of the support is clean for shellcheck', async () => {
  execFileSync(await shellcheck(), [join(__dirname, 'pod/counted.sh')], { stdio: 'pipe' });
});

/** What the real programs can do, found by asking them. */
async function capabilities(each: Server, pod: Pod): Promise<Capabilities> {
  const said = async (...command: string[]) => {
    const { status, stdout, stderr } = await pod.exec(command);
    return { ok: status === 0, text: stdout + stderr };
  };
  const { bin } = await each.bring();
  const configuration = async (name: string) => (await said('pg_config', `--${name}`)).text.trim();
  const exists = async (...path: string[]) => (await said('test', '-e', join(...path))).ok;
  const initialises = async (...options: string[]) => (await said('initdb', '--no-sync', '-U', 'postgres', '-D', `/tmp/${options.join('') || 'plain'}`, ...options)).ok;

  expect(await initialises()).toBe(true);
  const sets = async (setting: string) => (await said('postgres', '-D', '/tmp/plain', '-c', setting, '-C', setting.split('=')[0])).ok;
  const dumps = async (method: string) => (await said('pg_dump', '-h', '/tmp', '-Fd', '-f', '/tmp/dump', '--compress', method)).text.includes('connection to server');
  return {
    icu: await initialises('--locale-provider=icu', '--icu-locale=und', '--encoding=UTF8'),
    builtinLocale: await initialises('--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--encoding=UTF8'),
    openssl: await sets('ssl=on'),
    zstd: await sets('wal_compression=zstd'),
    lz4: await sets('wal_compression=lz4'),
    dumpZstd: await dumps('zstd'),
    dumpLz4: await dumps('lz4'),
    incrementalBackup: existsSync(join(bin, 'pg_combinebackup')),
    checksumsByDefault: (await said('pg_controldata', '/tmp/plain')).text.match(/checksum version: +(\d)/)?.[1] === '1',
    jit: await exists(await configuration('pkglibdir'), 'llvmjit.so'),
    contrib: await exists(await configuration('sharedir'), 'extension/pg_stat_statements.control'),
    allPrograms: programs.every((program) => existsSync(join(bin, program))),
  };
}
