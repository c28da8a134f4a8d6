#!/usr/bin/env bash
#
# Restore: databases of a logical backup into the server at PGHOST. Each goes into a database of its own name beside the
# others, is compared with the record of the backup, and takes its place at the end, all at once. What holds anything is
# never replaced. A run that ended half-way is started again: what is complete stays, what is not is made anew.
#
# Environment  PGHOST PGPORT PGUSER           the server and the superuser that restores
#              PGSTS_NAME                     the cluster's name, a directory on the claim
#              PGSTS_BACKUP_DIRECTORY         where the claim is mounted, read-only
#              PGSTS_RESTORE                  `latest` or the timestamp of a backup, with `<other cluster>/` before it or not
#              PGSTS_RESTORE_ACTION           `restore`; `check`: reads every byte of it; `list`: tells what is there
#              PGSTS_RESTORE_DATABASE         the one database to restore; empty: all that the backup holds
#              PGSTS_RESTORE_AS               another name for that one database
#              PGSTS_RESTORE_JOBS             connections that restore one database at the same time
# Files        /etc/cdk8s-postgres/credentials/restore-password   the role's password
#              /run/cdk8s-postgres            memory, for the private passfile
# Exit codes   0  what was asked for is there, complete and compared
#              1  it is not; the last line says what and the cure
#              143  ended by SIGTERM
set -Eeuo pipefail

main() {
  trap 'exit 143' TERM
  scripts=${BASH_SOURCE[0]%/*}
  # shellcheck source-path=SCRIPTDIR
  source "$scripts/common.sh"
  source "$scripts/backup-common.sh"
  source "$scripts/backup-settings.sh"
  source "$scripts/backup-tls.sh"
  source "$scripts/backup-connection.sh"
  source "$scripts/backup-find.sh"
  source "$scripts/restore-settings.sh"
  source "$scripts/restore-backup.sh"
  source "$scripts/restore-server.sh"
  source "$scripts/restore-contents.sh"
  source "$scripts/restore-statements.sh"
  source "$scripts/restore-roles.sh"
  source "$scripts/restore-staging.sh"
  source "$scripts/restore-database.sh"
  source "$scripts/restore-insist.sh"
  source "$scripts/restore-place.sh"
  trap 'terminated 143 SIGTERM' TERM
  trap 'terminated 130 SIGINT' INT
  trap 'unforeseen "${BASH_SOURCE[0]##*/}:$LINENO" "$BASH_COMMAND"' ERR
  trap 'end_restore "$?"' EXIT

  open_pause
  check_restore_settings
  lock_for_reading
  [[ $PGSTS_RESTORE_ACTION != list ]] || list_backups
  find_backup
  read_record
  [[ $PGSTS_RESTORE_ACTION != check ]] || check_backup
  open_server
  examine_targets
  check_sums
  remove_unfinished
  restore_roles
  restore_databases
  log "$restored restored and compared, $already already there, of backup $backup of $cluster"
}

main "$@"
exit
