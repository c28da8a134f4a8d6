#!/usr/bin/env bash
#
# Logical backup: globals and every database of the server at PGHOST, into a new directory of the backup claim.
# A directory is a backup from the moment it is renamed to its UTC timestamp; until then it is `.partial-…`.
#
# Environment  PGHOST PGPORT PGUSER           the server and the role that dumps it
#              PGSTS_NAME                     the cluster's name, a directory on the claim
#              PGSTS_BACKUP_DIRECTORY         where the claim is mounted
#              PGSTS_BACKUP_JOBS              connections that dump one database at the same time
#              PGSTS_KEEP_LAST _DAILY _WEEKLY _MONTHLY _MINIMUM   retention
# Files        /etc/cdk8s-postgres/credentials/backup-password    the role's password
#              /run/cdk8s-postgres            memory, for the private passfile
# Exit codes   0  a complete, verified backup exists and retention is done
#              1  it does not, or retention failed; the last line says what and the cure
#              143  ended by SIGTERM (the Job's deadline, a drained node); earlier backups are untouched
#
# Steps whose failure must be told are followed by `|| fail`; `set -e` and the ERR trap are for what nobody foresaw.
set -Eeuo pipefail

main() {
  trap 'exit 143' TERM
  scripts=${BASH_SOURCE[0]%/*}
  load
  trap 'terminated 143 SIGTERM' TERM
  trap 'terminated 130 SIGINT' INT
  trap 'unforeseen "${BASH_SOURCE[0]##*/}:$LINENO" "$BASH_COMMAND"' ERR
  trap 'clean_up "$?"' EXIT

  open_pause
  check_settings
  use_tls
  lock_volume
  remove_leftovers
  find_good_backups
  write_passfile
  wait_for_server
  read_server
  check_role
  read_databases
  check_free_space

  begin_backup
  choose_compression
  dump_databases
  dump_globals
  plan_retention
  record_backup
  publish_backup
  apply_retention
  log "backup $backup of ${#dumped[@]} databases is complete: $size_bytes bytes in $duration_seconds s"
}

load() {
  # shellcheck source-path=SCRIPTDIR
  source "$scripts/common.sh"
  source "$scripts/backup-common.sh"
  source "$scripts/backup-settings.sh"
  source "$scripts/backup-volume.sh"
  source "$scripts/backup-find.sh"
  source "$scripts/backup-tls.sh"
  source "$scripts/backup-connection.sh"
  source "$scripts/backup-server.sh"
  source "$scripts/backup-count.sh"
  source "$scripts/backup-dump.sh"
  source "$scripts/backup-record.sh"
  source "$scripts/backup-retention.sh"
}

main "$@"
exit
