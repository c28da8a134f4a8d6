import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const runtime = join(__dirname, '../../src/runtime');

/** A forced failover of pod 1 with a standby, pod 2; servers and peers are stood in for, and each step is printed. */
const PROGRAM = `
  set -u
  . <(sed '/^main "\\$@"$/,$d' "$1/fail-over.sh")
  . "$1/fence.sh"
  PRIVATE=$(mktemp -d)
  ROLE_FILE=$PRIVATE/role PGSTS_NAME=orders-db PGSTS_POD=orders-db-1
  printf 'standby 0\\n' >"$ROLE_FILE"
  for name in load open_pause read_topology declares_primary add_undeclared_peers; do eval "$name() { :; }"; done
  for name in judge promote stop_returned go_back; do eval "$name() { printf '%s\\n' $name; }"; done
  look_at_pods() { STANDBYS=(2) TIMELINE=1; }
  tell_judgement() { :; }
  cut_off() { FENCED=(2); printf 'cut_off\\n'; }
  is_heeded() { :; }
  eval "$2"
  main --force --accept-data-loss
  printf 'status %s\\n' "$?"
  rm -rf "$PRIVATE"
`;

function steps(meanwhile = ''): string[] {
  const { stdout, stderr } = spawnSync('bash', ['-c', PROGRAM, 'bash', runtime, meanwhile], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout.trimEnd().split('\n');
}

test('a forced failover judges again what was compared before the others were cut off, and promotes at last', () => {
  expect(steps()).toEqual(['judge', 'cut_off', 'judge', 'promote', 'stop_returned', 'status 0']);
});

test('it promotes nothing where a fence was lifted while it judged, whatever is accepted, and lifts the others', () => {
  expect(steps('is_heeded() { false; }')).toEqual([
    'judge', 'cut_off', 'judge', 'refused: orders-db-2 is not cut off from the lost primary any more: try again', 'status 1', 'go_back',
  ]);
});
