import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { mountedTemporary } from '../support/mounted';
import { temporaryDirectory } from '../support/pod/temporary';

const runtime = join(__dirname, '../../src/runtime');

/** A volume on which nothing more can be written, with these files. */
function full(files: Readonly<Record<string, string>>): string {
  const volume = mountedTemporary('size=1m');
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(volume, name)), { recursive: true });
    writeFileSync(join(volume, name), text);
  }
  expect(() => writeFileSync(join(volume, 'filler'), Buffer.alloc(2 * 1024 * 1024))).toThrow('ENOSPC');
  return volume;
}

/** What the functions of these scripts do where nothing ends a program that failed, as in a switchover. */
function run(volume: string, scripts: readonly string[], command: string): { status: number | null; memory: string } {
  const memory = temporaryDirectory('memory');
  const prelude = `set -u
VOLUME=${volume} PGDATA=${volume} PRIVATE=${memory} STEPPED_DOWN_FILE=${volume}/.stepped-down RETURN_FILE=${memory}/returns ROLE_FILE=${memory}/role
PGSTS_NAME=orders-db TIMELINE=1 PRIMARY_ORDINAL=1
log() { :; }
call_supervisor() { :; }
durable() { sync -f "$1"; }
replace() { printf '%s' "$2" >"$1"; }
`;
  const sources = scripts.map((name) => `. ${runtime}/${name}\n`).join('');
  const { status } = spawnSync('bash', ['-c', `${prelude}${sources}${command}`], { encoding: 'utf8' });
  return { status, memory };
}

describe('a full volume', () => {
  test('keeps what is remembered of its database', () => {
    const identity = 'name=orders-db\nsystem_identifier=1\nlibc=glibc-2.36\norigin=clone\n';
    const volume = full({ 'cdk8s-postgres.identity': identity });
    expect(run(volume, ['identity.sh'], 'note_origin promoted').status).not.toBe(0);
    expect(readFileSync(join(volume, 'cdk8s-postgres.identity'), 'utf8')).toBe(identity);
  });

  test('keeps what ALTER SYSTEM has set', () => {
    const settings = "work_mem = '8MB'\nprimary_conninfo = 'host=elsewhere'\n";
    const volume = full({ 'postgresql.auto.conf': settings });
    expect(run(volume, ['standby.sh'], 'forget_others').status).not.toBe(0);
    expect(readFileSync(join(volume, 'postgresql.auto.conf'), 'utf8')).toBe(settings);
  });

  test('keeps with which records its timelines began', () => {
    const begun = `2 ${'ab'.repeat(24)}\n`;
    const volume = full({
      'pgsql_tmp.cdk8s-postgres.begun': begun,
      'pg_wal/00000002.history': '1\t0/28\tno recovery target specified\n',
      'pg_wal/00000003.history': '1\t0/28\tno recovery target specified\n\n2\t0/50\tno recovery target specified\n',
      'pg_wal/000000030000000000000000': 'x'.repeat(256),
    });
    const control = 'MY_TIMELINE=1\nread_control() { declare -gA CONTROL=(["Bytes per WAL segment"]=16777216); }\n';
    expect(run(volume, ['control.sh', 'wal-files.sh', 'ancestry.sh'], `${control}note_first_records`).status).not.toBe(0);
    expect(readFileSync(join(volume, 'pgsql_tmp.cdk8s-postgres.begun'), 'utf8')).toBe(begun);
  });

  test.each(['.stepped-down', 'standby.signal'])('without room for %s, a server that has stepped down is prepared anew', (missing) => {
    const volume = missing === '.stepped-down' ? full({}) : mountedTemporary('size=1m');
    // a folder in its place cannot be written to either
    if (missing !== '.stepped-down') mkdirSync(join(volume, missing));
    const control = 'read_control() { declare -gA CONTROL=(["Database cluster state"]="shut down"); }\n';
    const { memory } = run(volume, ['step-down.sh'], `${control}come_back`);
    expect(existsSync(join(memory, 'returns'))).toBe(false);
  });

  test('with room for all, it comes back at once', () => {
    const control = 'read_control() { declare -gA CONTROL=(["Database cluster state"]="shut down"); }\n';
    const { status, memory } = run(mountedTemporary('size=1m'), ['step-down.sh'], `${control}come_back`);
    expect([status, existsSync(join(memory, 'returns'))]).toEqual([0, true]);
  });
});
