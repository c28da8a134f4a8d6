import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { streaming } from './replicas-fixture';
import { Pod } from '../support/pod';
import { Server, servers } from '../support/servers';

jest.setTimeout(900_000);

const scripts = join(__dirname, '../../src/runtime');
const table = servers.map((each) => [String(each), each] as const);
const SEGMENT = 16 * 1024 * 1024;

afterEach(async () => Pod.endAll());

const toNumber = (position: string): number => {
  const [high, low] = position.split('/').map((part) => parseInt(part, 16));
  return high * 2 ** 32 + low;
};
const fileOf = (position: number): string => `00000001${[0, position / SEGMENT].map((part) => Math.floor(part).toString(16).toUpperCase().padStart(8, '0')).join('')}`;

interface Wal {
  /** A data directory with nothing but this log. */
  readonly directory: string;
  readonly bin: string;
  readonly checkpoint: number;
  /** Where a record of some 20 MB begins, which is on two files, and where the last record of all begins, and ends. */
  readonly long: number;
  readonly last: number;
  readonly end: number;
}

/** The log of a server that has written a record over the end of a file, and was killed. */
async function written(server: Server): Promise<Wal> {
  const pods = await streaming(server, { instances: 1 });
  await pods.sql(0, 'SELECT pg_switch_wal();\nCHECKPOINT');
  const checkpoint = await pods.sql(0, 'SELECT checkpoint_lsn FROM pg_control_checkpoint()');
  await pods.sql(0, "SELECT FROM pg_logical_emit_message(false, 'test', repeat('x', 20000000));\nCREATE TABLE kept ()");
  // it would recycle the first file if it stopped in good order
  await pods.killPod(0);
  const directory = mkdtempSync(join(tmpdir(), 'wal-'));
  cpSync(join(pods.claim(0), String(server.major), 'docker/pg_wal'), join(directory, 'pg_wal'), { recursive: true });
  const { bin } = await server.bring();
  const { stdout, stderr } = spawnSync(join(bin, 'pg_waldump'), ['--path', join(directory, 'pg_wal'), '--start', checkpoint], { encoding: 'utf8', maxBuffer: 2 ** 28 });
  const [, long] = /^rmgr: LogicalMessage .* lsn: ([0-9A-F/]+),/m.exec(stdout)!;
  const [, last, end] = /error in WAL record at ([0-9A-F/]+): .*? at ([0-9A-F/]+)/.exec(stderr)!;
  return { directory, bin, checkpoint: toNumber(checkpoint), long: toNumber(long), last: toNumber(last), end: toNumber(end) };
}

/** What the function says of that position: its status, and what it logged. */
function goesOnBehind({ directory, bin, checkpoint }: Wal, position: number): { readonly status: number | null; readonly logged: string } {
  const program = `set -euo pipefail
    . ${scripts}/control.sh
    . ${scripts}/wal-files.sh
    log() { printf '%s\\n' "$*"; }
    CONTROL=(['Bytes per WAL segment']=${SEGMENT})
    if goes_on_behind 1 "$1" "$2"; then exit 0; else exit 10; fi`;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', program, 'bash', String(position), String(checkpoint)], {
    encoding: 'utf8', env: { ...process.env, PATH: `${bin}:${process.env.PATH}`, PGDATA: directory },
  });
  expect(stderr).toBe('');
  return { status, logged: stdout };
}

const [YES, NO] = [{ status: 0, logged: '' }, { status: 10, logged: '' }];

test.each(table)('%s: whole records count from a position on, whatever other files are there', async (_, server) => {
  const wal = await written(server);
  const { directory, long, last, end } = wal;
  expect([Math.floor(long / SEGMENT) < Math.floor(last / SEGMENT), last < end]).toEqual([true, true]);
  const answers = (): unknown[] => [long, long + 8, last, end].map((position) => goesOnBehind(wal, position));
  expect(answers()).toEqual([YES, YES, YES, NO]);
  // whichever of them is found first
  mkdirSync(join(directory, 'pg_wal/archive_status'), { recursive: true });
  for (const file of ['000000010000000000000000', '0000000100000000000000FF']) writeFileSync(join(directory, 'pg_wal', file), Buffer.alloc(SEGMENT));
  expect(answers()).toEqual([YES, YES, YES, NO]);
});

test.each(table)('%s: a record whose end was never received counts for nothing', async (_, server) => {
  const wal = await written(server);
  const { directory, long, last } = wal;
  for (const file of readdirSync(join(directory, 'pg_wal'))) if (/^[0-9A-F]{24}$/.test(file) && file > fileOf(long)) rmSync(join(directory, 'pg_wal', file));
  expect([goesOnBehind(wal, long), goesOnBehind(wal, last)]).toEqual([NO, NO]);
  rmSync(join(directory, 'pg_wal', fileOf(wal.checkpoint)));
  writeFileSync(join(directory, 'pg_wal', fileOf(long)), 'damaged');
  const { status, logged } = goesOnBehind(wal, long);
  expect([status, logged]).toEqual([10, expect.stringMatching(/^whether this copy has more WAL than its primary cannot be told: pg_waldump: /)]);
});
