import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { streaming } from './replicas-fixture';
import { Cluster } from '../support/cluster';
import { Pod } from '../support/pod';
import { Server, servers } from '../support/servers';

jest.setTimeout(600_000);

const table = servers.map((each) => [String(each), each] as const);
const SEGMENT = 16 * 1024 * 1024;
const PAGE = 8192;
const HEADER = 24;

afterEach(async () => Pod.endAll());

/** How long the header of the page is that begins there. */
const pageHeader = (position: number): number => (position % SEGMENT === 0 ? 40 : 24);

/** Where the record before the one that begins there ends: in front of a page's header, which is no part of either. */
const endBefore = (begin: number): number => (begin % PAGE === pageHeader(begin - begin % PAGE) ? begin - begin % PAGE : begin);

/** The header of the record that begins there, of a log that is read from its first file on, without that of the page that it may go on in. */
function headerAt(log: Buffer, begin: number): Buffer {
  const left = Math.min(HEADER, PAGE - begin % PAGE);
  const next = begin + left + pageHeader(begin + left);
  return Buffer.concat([log.subarray(begin, begin + left), log.subarray(next, next + HEADER - left)]);
}

/** Where the records of the first two files of a server begin, in order, and what these files have. */
async function written(pods: Cluster, postgres: Server): Promise<{ readonly begins: number[]; readonly log: Buffer }> {
  const inserts = Array.from({ length: 4000 }, (_, index) => `INSERT INTO notes VALUES (repeat('x', ${index % 97}));\n`);
  await pods.sql(0, `CREATE TABLE notes (note text);\n${inserts.join('')}SELECT pg_switch_wal();\n${inserts.join('')}`);
  const directory = join(pods.claim(0), `${postgres.major}/docker/pg_wal`);
  const current = parseInt((await pods.sql(0, 'SELECT pg_walfile_name(pg_current_wal_lsn())')).slice(16), 16);
  const files = [current - 1, current].map((number) => `0000000100000000${number.toString(16).toUpperCase().padStart(8, '0')}`);
  const { bin } = await postgres.bring();
  const { stdout } = spawnSync(join(bin, 'pg_waldump'), ['--path', directory, ...files], { encoding: 'utf8', maxBuffer: 2 ** 28 });
  const begins = [...stdout.matchAll(/ lsn: 0\/([0-9A-F]+), prev/g)].map(([, low]) => parseInt(low, 16));
  const log = Buffer.concat([Buffer.alloc((current - 1) * SEGMENT), ...files.map((file) => readFileSync(join(directory, file)))]);
  return { begins, log };
}

/** What the function prints for a timeline that began at that position. */
async function firstRecord(pods: Cluster, position: number): Promise<string> {
  const program = `set -euo pipefail
    . /opt/cdk8s-postgres/ancestry.sh
    ask_sql_as_walsender() { psql -X -At -q -U postgres -d postgres "\${@:2}"; }
    first_record 0 1 0/$1`;
  const { status, stdout, stderr } = await pods.pod(0).exec(['bash', '-c', program, 'bash', position.toString(16).toUpperCase()]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.trim();
}

test.each(table)('on %s the header of a record is read up to its checksum, wherever the one before it ends', async (_, postgres) => {
  const pods = await streaming(postgres, { instances: 1 });
  const { begins, log } = await written(pods, postgres);
  const places: Readonly<Record<string, (begin: number) => boolean>> = {
    'within a page': (begin) => endBefore(begin) === begin && begin % PAGE <= PAGE - HEADER,
    'at the end of a page, header whole': (begin) => begin % PAGE === PAGE - HEADER,
    'over the end of a page': (begin) => begin % PAGE === PAGE - 8,
    'over it by 8 bytes': (begin) => begin % PAGE === PAGE - 16,
    'at the begin of a page': (begin) => begin % PAGE === 24 && begin % SEGMENT > PAGE,
    'at the begin of a file': (begin) => begin % SEGMENT === 40,
  };
  for (const [place, isThere] of Object.entries(places)) {
    const begin = begins.find(isThere);
    if (begin === undefined) throw new Error(`no record begins ${place}`);
    const [file, start, header] = (await firstRecord(pods, endBefore(begin))).split(' ');
    const expected = headerAt(log, begin).subarray(20).toString('hex');
    expect(expected).not.toBe('00000000');
    expect([place, Number(start) + parseInt(file.slice(16), 16) * SEGMENT, header.slice(-8)]).toEqual([place, endBefore(begin), expected]);
  }
  // a file that is not there any more
  expect(await firstRecord(pods, 0x7000028)).toMatch(/^\S+ 40$/);
});
