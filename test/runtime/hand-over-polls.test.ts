import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const runtime = join(__dirname, '../../src/runtime');

/** The seconds between two looks while nobody can write; more would be felt by every switchover. */
const LONGEST = 0.1;

/** The program of a switchover without its last lines, which would run it; what it asks servers and peers is answered here. */
const PROGRAM = `
  set -u
  PGDATA=$(mktemp -d) PGSTS_NAME=orders-db PRIVATE=$PGDATA SCRIPTS=$1
  trap 'rm -rf "$PGDATA"' EXIT
  . <(sed '/^main "\\$@"$/,$d' "$1/switchover.sh")
  . "$1/step-down.sh"
  . "$1/take-over.sh"
  for file in STEPPED_DOWN STEP_DOWN PROMOTING FENCED SWITCHOVER; do printf -v "\${file}_FILE" %s "$PGDATA/$file"; done
  for name in log tell replace prepare_standby make_ready make_slot end_silent_senders forget_hand_overs offer call_supervisor come_back; do eval "$name() { :; }"; done
  read_uptime() { UPTIME=1000; }
  read_note() { false; }
  look_at_myself() { RECOVERY=t TIMELINE=1 POSITION=0/1; }
  offer_of() { :; }
  readiness_of() { :; }
  host_of() { :; }
  declares_primary() { true; }
  pause() { printf '%s\\n' "$1"; }
`;

/** What the program prints; it ends with its own status. */
function run(program: string): string[] {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', PROGRAM + program, 'bash', runtime], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  return stdout.trimEnd().split('\n');
}

test('the primary that steps down looks at least ten times a second for its successor and for the end of its server', () => {
  const pauses = run(`
    read_topology() { ORDINAL=0 PRIMARY_ORDINAL=1 SWITCHOVER_LAG=60000; }
    ROLE=primary STARTED=1000 asked=$PGDATA/asked
    our_psql() {
      local statement=$(cat)
      case $statement in
        *replay_lsn*) echo >>"$asked"; if (($(wc -l <"$asked") % 4)); then echo behind; else echo there; fi ;;
        *pg_current_wal_lsn*) echo '0/1 t' ;;
        *max_replication_slots*) echo t ;;
      esac
    }
    : >"$PGDATA/postmaster.pid"
    ended=0
    pause() { printf '%s\\n' "$1"; [[ ! -e $PGDATA/asked ]] || (($(wc -l <"$asked") < 12)) || ((++ended < 3)) || rm -f "$PGDATA/postmaster.pid"; }
    turn
    [[ $? == 1 && ! -e $PGDATA/postmaster.pid ]]`);
  // three times behind, of each of three looks at the successor, and three looks at the server
  expect(pauses).toHaveLength(12);
  expect(pauses.filter((seconds) => Number(seconds) > LONGEST)).toEqual([]);
});

describe('the declared pod, however long it was waited for, looks at least ten times a second', () => {
  const moments: readonly [string, string][] = [
    ['while it receives from the primary', 'is_receiver() { true; }'],
    ['when the primary has ended that, and its server is away', 'claim() { false; }'],
    ['while that one is back, and has not said yet that it hands over', 'claim() { echo not-offered; }'],
    ['while that one has what has not been received yet', 'claim() { echo behind; }'],
  ];

  test.each(moments)('%s', (_, moment) => {
    for (const started of [1000, 0]) {
      const nexts = run(`
        read_topology() { ORDINAL=1 PRIMARY_ORDINAL=1; }
        is_receiver() { false; }
        ${moment}
        ROLE=standby FOLLOWED=0 STARTED=${started} RECEIVER=1 TOLD_AT=1000 RECOVERY=t TIMELINE=1 POSITION=0/1
        for look in first second third; do turn && printf '%s\n' "$NEXT"; done`);
      expect(nexts).toHaveLength(3);
      expect(nexts.filter((seconds) => !(Number(seconds) > 0 && Number(seconds) <= LONGEST))).toEqual([]);
    }
  });
});
