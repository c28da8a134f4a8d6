# shellcheck shell=bash
# server-command.sh: how a server is called and how it tells that it serves. Sourced by supervisor.sh and, for the temporary
# server of the first start, by prepare.sh.

# server_command DIRECTORY OPTION...: sets COMMAND. The command line holds what must never change, is seen in every list of
# processes, and is short.
server_command() {
  COMMAND=(
    postgres -D "$1"
    -c config_file="$CONFIGURATION/settings/postgresql.conf"
    -c hba_file="$CONFIGURATION/access/pg_hba.conf"
    -c ident_file="$CONFIGURATION/access/pg_ident.conf"
    "${@:2}"
  )
}

# server_ready DIRECTORY PID: whether this server serves; its postmaster.pid tells, no connection is made.
server_ready() {
  local lines=()
  [[ -e $1/postmaster.pid ]] || return 1
  { mapfile -t lines <"$1/postmaster.pid"; } 2>/dev/null
  [[ ${lines[0]:-} == "$2" && ${lines[7]:-} == ready* ]]
}
