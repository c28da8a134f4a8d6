# shellcheck shell=bash
# tls.sh: whether the server can use the mounted certificate. The folder is there where connections are encrypted. Sourced by
# prepare.sh and agent.sh. Reads PGDATA and the mounted files.

readonly TLS=$CONFIGURATION/tls

# make_tls_trial: the server stands still now; the agent, which comes later, uses this copy.
make_tls_trial() { make_trial "$PRIVATE/tls-trial" "$PGDATA"; }

# try_tls: loads the mounted files with the server's own program and settings; else sets PROBLEM to a sentence that names the file.
try_tls() {
  local file line said trial=$PRIVATE/tls-trial auto=$PGDATA/postgresql.auto.conf
  PROBLEM=''
  [[ -r $auto ]] || auto=/dev/null
  for file in tls.crt tls.key; do
    [[ -e $TLS/$file ]] || PROBLEM="the Secret with the certificate is missing or has no key for $file"
    [[ -z $PROBLEM ]] || return 1
  done
  {
    printf "log_line_prefix = ''\nlc_messages = 'C'\n"
    # in the order in which one stands above the other: what ALTER SYSTEM has set, and what is on the command line
    while IFS= read -r line; do
      [[ ! $line =~ ^[[:space:]]*[Ss][Ss][Ll] ]] || printf '%s\n' "$line"
    done < <(cat "$CONFIGURATION/reload/reload.conf" "$auto" "$CONFIGURATION/settings/postgresql.conf")
  } >"$trial/postgresql.conf"
  rm -f "$trial/postmaster.pid"
  # A value that is computed at the start is told after TLS was set up, and before anything else is.
  said=$(cd "$trial" && postgres -D "$trial" -C shared_memory_size 2>&1 </dev/null) && return
  tell_tls_problem "$said"
  return 1
}

# tell_tls_problem OUTPUT: the server's messages without what is always there.
tell_tls_problem() {
  local line
  while IFS= read -r line; do
    [[ $line =~ (LOG|FATAL|DETAIL|HINT):\ +(.*) && $line != *postgresql.auto.conf* ]] || continue
    PROBLEM+="${PROBLEM:+; }${BASH_REMATCH[2]}"
  done <<<"$1"
  PROBLEM="the server cannot use the certificate: ${PROBLEM:-$1}"
}
