import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const runtime = join(__dirname, '../../src/runtime');

/** One look of a standby that is to follow pod 2, which is the primary now; what it asks servers and peers is answered here. */
const LOOK = `
  set -u
  PGDATA=$(mktemp -d) ORDINAL=1 PRIMARY_ORDINAL=2 FOLLOWED=0 PEERS=(0 2) READY=1
  trap 'rm -rf "$PGDATA"' EXIT
  . "$1/follow.sh"
  for file in STEPPED_DOWN PROMOTING HURRY ALONE ROLE STANDBY; do printf -v "\${file}_FILE" %s "$PGDATA/$file"; done
  PROMOTION_LOCK=$PGDATA/lock ORIGIN=$PGDATA/origin
  replace() { printf %s "$2" >"$1"; }
  note_origin() { printf '%s\\n' "$1" >"$ORIGIN"; }
  become() { printf '%s\\n' "$1" >"$PGDATA/recovery"; replace "$ROLE_FILE" "$2"$'\\n'; replace "$STANDBY_FILE" "$3"; note_origin "$4"; }
  become t 'standby 0' 'follows 0' clone
  look_at_myself() { read -r RECOVERY <"$PGDATA/recovery"; TIMELINE=1 POSITION=0/1; }
  ask_peers() { declare -gA ANSWER=([0]='standby 1 1 0/1' [2]='primary 1 1 0/1'); }
  write_standby() { replace "$STANDBY_FILE" "follows $1"; }
  for name in give_up_all_claims forget_claim our_psql call_supervisor log tell host_of accept_promotion; do eval "$name() { :; }"; done
  has_forked() { return 1; }
  make_slot() { :; }
  eval "$2"
  follow
  printf '%s | ' "$(<"$ROLE_FILE")" "$(<"$STANDBY_FILE")"
  cat "$ORIGIN"
`;

/** Its role, whom its server is told to follow, and where its copy is from, after a look in which that has happened. */
function look(meanwhile: string): string {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', LOOK, 'bash', runtime, meanwhile], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  return stdout.trimEnd();
}

test('a standby follows the new primary', () => {
  expect(look('')).toBe('standby 2 | follows 2 | clone');
});

describe('a person\'s failover to this pod, which comes to its end while this one asks, stays as it is', () => {
  const promoted = "become f primary '' promoted";

  test.each([
    ['whom it is to follow', `make_slot() { ${promoted}; }`],
    ['whether both have the same log', `has_forked() { ${promoted}; return 1; }`],
  ])('%s', (_, meanwhile) => {
    expect(look(meanwhile)).toBe('primary |  | promoted');
  });

  test('and nothing is changed while it is under way', () => {
    expect(look('note_origin promoted; exec {held}>>"$PROMOTION_LOCK"; flock "$held"')).toBe('standby 0 | follows 0 | promoted');
  });

  test('or where its server has been told to promote itself', () => {
    expect(look('make_slot() { note_origin promoted; : >"$PROMOTING_FILE"; }')).toBe('standby 0 | follows 0 | promoted');
  });
});

/** What is left behind by a promotion that waits until another one has come to its end. */
const SECOND = `
  set -u
  PRIVATE=$(mktemp -d) PGDATA=$PRIVATE
  trap 'rm -rf "$PRIVATE"' EXIT
  . "$1/promotion.sh"
  PROMOTING_FILE=$PRIVATE/promoting ROLE_FILE=$PRIVATE/role
  for name in note_promotion make_ready note_claim log; do eval "$name() { :; }"; done
  our_psql() { printf 'told to promote itself\n' >&2; }
  printf 'standby 0\n' >"$ROLE_FILE"
  exec {held}>>"$PROMOTION_LOCK"
  flock "$held"
  turns=0
  pause() { ((++turns < 3)) || { printf 'primary\n' >"$ROLE_FILE"; flock -u "$held"; }; }
  if promote; then printf 'promoted '; else printf 'not promoted '; fi
  ls -A "$PRIVATE" | tr '\n' ' '
`;

test('a promotion that waited for another one of the same pod does nothing any more', () => {
  const { stdout, stderr } = spawnSync('bash', ['-c', SECOND, 'bash', runtime], { encoding: 'utf8' });
  expect([stdout, stderr]).toEqual(['not promoted promotion.lock role ', '']);
});
