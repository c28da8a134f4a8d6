# shellcheck shell=bash
# server-command.sh: how a server is called and how it tells that it serves. Sourced by supervisor.sh and, for the temporary
# server of the first start, by prepare.sh.

# server_command DIRECTORY OPTION...: sets COMMAND. The command line holds what must never change, is seen in every list of
# processes, and is short.
server_command() {
  local preload=() encryption=()
  choose_libraries
  pin_encryption
  # shellcheck disable=SC2034 # adopt.sh needs the libraries only
  COMMAND=(
    postgres -D "$1"
    -c config_file="$CONFIGURATION/settings/postgresql.conf"
    -c hba_file="$CONFIGURATION/access/pg_hba.conf"
    -c ident_file="$CONFIGURATION/access/pg_ident.conf"
    "${encryption[@]}"
    "${preload[@]}"
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

# choose_libraries: a server that cannot load a library does not start. What only an extension asks for and the image lacks is left out and
# told; the caller's `preload` becomes the option that says so.
choose_libraries() {
  local library extensions directory present=() missing=''
  [[ -e $CONFIGURATION/settings/preload ]] || return 0
  directory=$(library_directory) || return 0
  while IFS=$'\t' read -r library extensions <&3; do
    if [[ -z $extensions || -e $directory/$library.so ]]; then
      present+=("$library")
    else
      missing=1
      log "the image has no library $library, which the extension $extensions needs: the server starts without it"
    fi
  done 3<"$CONFIGURATION/settings/preload"
  [[ -z $missing ]] || preload=(-c shared_preload_libraries="$(IFS=, && printf '%s' "${present[*]}")")
}

# pin_encryption: ALTER SYSTEM stands above the mounted files, and the certificate of the program would never be taken over again. The
# caller's `encryption` becomes the options that stand above both.
pin_encryption() {
  local line
  while IFS= read -r line; do
    [[ ! $line =~ ^(ssl[a-z_]*)\ =\ \'(.*)\'$ ]] || encryption+=(-c "${BASH_REMATCH[1]}=${BASH_REMATCH[2]}")
  done <"$CONFIGURATION/settings/postgresql.conf"
}

# library_directory: where the server's own libraries are, beside its programs as on Debian or below as on Alpine.
library_directory() {
  local programs directory
  programs=$(readlink -f "$(command -v postgres)") || return 1
  for directory in "${programs%/*}/../lib" "${programs%/*}/../lib/postgresql"; do
    [[ ! -e $directory/plpgsql.so ]] || { printf '%s' "$directory" && return; }
  done
  return 1
}

# make_trial DIRECTORY DATABASE: makes what `postgres -C` asks of a data directory, in memory: 8 KiB.
make_trial() {
  rm -rf "$1"
  mkdir -p "$1/global"
  cp "$2/PG_VERSION" "$1/"
  cp "$2/global/pg_control" "$1/global/"
  chmod 0700 "$1"
}
