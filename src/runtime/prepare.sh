#!/usr/bin/env bash
# prepare.sh: run by the supervisor, under the volume's lock, before every start of the server. When it ends with 0, PGDATA
# holds a database that is ours and may be started. It never deletes or overwrites a database that was ever served.
# Argument: `start-failed` when the last start ended before the server served; `hold` to end survivors and no more.
# Reads PGDATA, PGHOST, PGSTS_*. Exit status: 0 ready; 75 waiting, told in the state file; other: failed, told there too.
set -euo pipefail

main() {
  STEP='preparing the volume' SERVER=''
  trap tell_failure EXIT
  trap 'exit 143' TERM
  load
  open_pause
  end_survivors
  [[ ${1:-} != hold ]] || return 0
  guard_user
  # Neither the temporary server of a first start nor a rewind follows anybody.
  replace "$STANDBY_FILE" ''
  guard_image
  finish_initialisation
  read_identity
  settle_role fill
  guard_space "${1:-}"
  guard_database
  guard_wal
  read_identity
  guard_cluster
  guard_libc
  guard_tls
  settle_role
  repair
  write_role
}

load() {
  # shellcheck source=SCRIPTDIR/common.sh
  . /opt/cdk8s-postgres/common.sh
  # shellcheck source=SCRIPTDIR/refuse.sh
  . "$SCRIPTS/refuse.sh"
  # shellcheck source=SCRIPTDIR/user.sh
  . "$SCRIPTS/user.sh"
  # shellcheck source=SCRIPTDIR/survivors.sh
  . "$SCRIPTS/survivors.sh"
  # shellcheck source=SCRIPTDIR/identity.sh
  . "$SCRIPTS/identity.sh"
  # shellcheck source=SCRIPTDIR/declared.sh
  . "$SCRIPTS/declared.sh"
  # shellcheck source=SCRIPTDIR/passwords.sh
  . "$SCRIPTS/passwords.sh"
  # shellcheck source=SCRIPTDIR/server-command.sh
  . "$SCRIPTS/server-command.sh"
  # shellcheck source=SCRIPTDIR/layouts.sh
  . "$SCRIPTS/layouts.sh"
  # shellcheck source=SCRIPTDIR/first-start.sh
  . "$SCRIPTS/first-start.sh"
  # shellcheck source=SCRIPTDIR/temporary-server.sh
  . "$SCRIPTS/temporary-server.sh"
  # shellcheck source=SCRIPTDIR/init-sql.sh
  . "$SCRIPTS/init-sql.sh"
  # shellcheck source=SCRIPTDIR/initialise.sh
  . "$SCRIPTS/initialise.sh"
  # shellcheck source=SCRIPTDIR/finish.sh
  . "$SCRIPTS/finish.sh"
  # shellcheck source=SCRIPTDIR/guards.sh
  . "$SCRIPTS/guards.sh"
  # shellcheck source=SCRIPTDIR/tls.sh
  . "$SCRIPTS/tls.sh"
  load_replicas
}

# load_replicas: what is about the other pods.
load_replicas() {
  # shellcheck source=SCRIPTDIR/role-files.sh
  . "$SCRIPTS/role-files.sh"
  # shellcheck source=SCRIPTDIR/topology.sh
  . "$SCRIPTS/topology.sh"
  # shellcheck source=SCRIPTDIR/peers.sh
  . "$SCRIPTS/peers.sh"
  # shellcheck source=SCRIPTDIR/control.sh
  . "$SCRIPTS/control.sh"
  # shellcheck source=SCRIPTDIR/facts.sh
  . "$SCRIPTS/facts.sh"
  # shellcheck source=SCRIPTDIR/ancestry.sh
  . "$SCRIPTS/ancestry.sh"
  # shellcheck source=SCRIPTDIR/wal-files.sh
  . "$SCRIPTS/wal-files.sh"
  # shellcheck source=SCRIPTDIR/compare.sh
  . "$SCRIPTS/compare.sh"
  # shellcheck source=SCRIPTDIR/patience.sh
  . "$SCRIPTS/patience.sh"
  # shellcheck source=SCRIPTDIR/role.sh
  . "$SCRIPTS/role.sh"
  # shellcheck source=SCRIPTDIR/fence.sh
  . "$SCRIPTS/fence.sh"
  # shellcheck source=SCRIPTDIR/hand-over.sh
  . "$SCRIPTS/hand-over.sh"
  # shellcheck source=SCRIPTDIR/standby.sh
  . "$SCRIPTS/standby.sh"
  # shellcheck source=SCRIPTDIR/copies.sh
  . "$SCRIPTS/copies.sh"
  # shellcheck source=SCRIPTDIR/clone.sh
  . "$SCRIPTS/clone.sh"
  # shellcheck source=SCRIPTDIR/rejoin.sh
  . "$SCRIPTS/rejoin.sh"
}

# tell_failure: the last word of a run that neither succeeded nor refused nor was ended.
# shellcheck disable=SC2329 # a trap calls it
tell_failure() {
  local status=$? full
  case $status in 0 | "$REFUSED" | 143) return ;; esac
  [[ -z ${SERVER:-} ]] || kill -QUIT "$SERVER" 2>/dev/null || true
  full=$(full_volume 64) || true
  if [[ $full ]]; then
    set_state waiting "volume-full: the volume $full is full, $STEP failed; it is tried again; see docs/runbooks/resize.md"
  else
    set_state waiting "failed: $STEP ended with status $status and the log says why; it is tried again"
  fi
}

# repair: what an earlier container may have left behind. No server of ours lives (end_survivors), and we hold the lock.
repair() {
  chmod 0700 "$PGDATA"
  rm -f "$PGDATA/postmaster.pid" "$PGHOST"/.s.PGSQL.*
}

main "$@"
exit
