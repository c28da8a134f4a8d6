import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../support/pod/temporary';

// What is taken for the same timeline, of what a volume has of it and what the primary says that it begins with.

const runtime = join(__dirname, '../../src/runtime');
const FILE = '000000020000000000000000';
const OFFSET = 40;
const ONE = 'a1'.repeat(24);
const OTHER = 'b2'.repeat(24);
/** Without its checksum, as while it is written. */
const HALF = `${'a1'.repeat(20)}00000000`;
const [ALIKE, DIFFERENT, NOT_TOLD] = [0, 1, 2];

interface Volume {
  /** What the log of timeline 2 begins with. */
  readonly log?: string;
  /** What was noted that it began with. */
  readonly noted?: string;
}

function volumeOf({ log, noted }: Volume): string {
  const data = temporaryDirectory('data');
  mkdirSync(join(data, 'pg_wal'));
  if (log !== undefined) writeFileSync(join(data, 'pg_wal', FILE), Buffer.concat([Buffer.alloc(OFFSET), Buffer.from(log, 'hex'), Buffer.alloc(64)]));
  if (noted !== undefined) writeFileSync(join(data, 'pgsql_tmp.cdk8s-postgres.begun'), `1 ${OTHER}\n2 ${noted}\n3 ${OTHER}\n`);
  return data;
}

/** The status of the comparison, where the primary prints that for its first record; nothing where it does not answer. */
function compared(data: string, primary?: string): number | null {
  const program = `set -euo pipefail
    PGDATA=$1
    . ${runtime}/ancestry.sh
    first_record() { ${primary === undefined ? 'return 1' : `printf '%s\\n' '${FILE} ${OFFSET} ${primary}'`}; }
    PRIMARY=1 status=0
    begins_alike 2 0/28 || status=$?
    exit "$status"`;
  return spawnSync('bash', ['-c', program, 'bash', data], { encoding: 'utf8' }).status;
}

test.each<[string, Volume, string | undefined, number]>([
  ['its log begins with the same record', { log: ONE }, ONE, ALIKE],
  ['its log begins with another record', { log: OTHER }, ONE, DIFFERENT],
  ['the same was noted and is there', { log: ONE, noted: ONE }, ONE, ALIKE],
  ['another one was noted than is there now', { log: ONE, noted: OTHER }, ONE, DIFFERENT],
  ['another one is there now than was noted', { log: OTHER, noted: ONE }, ONE, DIFFERENT],
  ['the same was noted, and its file is gone', { noted: ONE }, ONE, ALIKE],
  ['another one was noted, and its file is gone', { noted: OTHER }, ONE, DIFFERENT],
  ['it is not written yet', { log: HALF }, ONE, ALIKE],
  ['nothing of it is left', {}, ONE, ALIKE],
  ['the primary no longer has its file', { log: ONE, noted: ONE }, '', ALIKE],
  ['the primary does not tell', { log: ONE, noted: ONE }, undefined, NOT_TOLD],
])('a volume where %s', (_, volume, primary, expected) => {
  expect(compared(volumeOf(volume), primary)).toBe(expected);
});

test('a log that cannot be read does not tell', () => {
  const data = volumeOf({});
  // a folder in its place
  mkdirSync(join(data, 'pg_wal', FILE));
  expect(compared(data, ONE)).toBe(NOT_TOLD);
});
