# shellcheck shell=bash
# peers.sh: what the other pods answer. Sourced by prepare.sh, agent.sh, switchover.sh and fail-over.sh. Reads PGSTS_NAME and the Secret;
# topology.sh sets PEERS.

readonly REPLICATOR=replicator
readonly PASSFILE=$PRIVATE/replication-passfile
# of this process alone: others ask at the same time
readonly ANSWERS=$PRIVATE/answers.$$

# add_undeclared_peers: `kubectl scale` may have made pods above me that nobody declares. Where it matters that none is overlooked, those
# count whose server answers. As a rule there is none: one program asks for all of them.
add_undeclared_peers() {
  local other hosts=''
  for ((other = ORDINAL + 1; other < 9; other++)); do
    [[ " ${PEERS[*]} " == *" $other "* ]] || hosts+=",$(host_of "$other")"
  done
  [[ $hosts ]] && answers "${hosts#,}" || return 0
  for ((other = ORDINAL + 1; other < 9; other++)); do
    if [[ " ${PEERS[*]} " != *" $other "* ]] && answers "$(host_of "$other")"; then PEERS+=("$other"); fi
  done
}

# answers HOSTS: whether a server of them serves or is starting; of a name that nobody has there is no answer.
answers() {
  local status=0
  timeout 20 pg_isready -q -d "host=$1 port=5432 user=$REPLICATOR dbname=postgres" -t 2 || status=$?
  ((status < 2))
}

# write_passfile: a copy of the replication password that libpq takes: it ignores files that a group may read, as a Secret's are.
# Else PROBLEM says why there is none, and peers that live refuse us.
write_passfile() {
  local password
  read_password replication-password || { rm -f "$PASSFILE" && return 1; }
  password=${PASSWORD//\\/\\\\}
  PASSWORD=''
  # libpq takes it with this mode only
  (umask 077 && printf '*:*:*:%s:%s\n' "$REPLICATOR" "${password//:/\\:}" >"$PASSFILE.$$")
  mv -f "$PASSFILE.$$" "$PASSFILE"
}

# conninfo ORDINAL: how a pod is reached as the replicator. No password is in it. A copy that waits for a pod whose node is lost ends within a minute, where the
# kernel would let it wait for hours, or a quarter of one for the answer to what it has sent.
conninfo() {
  printf 'host=%s port=5432 user=%s passfile=%s keepalives_idle=20 keepalives_interval=5 keepalives_count=4 tcp_user_timeout=40000 %s' \
    "$(host_of "$1")" "$REPLICATOR" "$PASSFILE" "$(conninfo_tls)"
}

# conninfo_tls: the folder is there where connections are encrypted. Without an authority the certificate cannot be checked; the
# password is safe all the same, SCRAM never sends it.
conninfo_tls() {
  if [[ ! -d $CONFIGURATION/tls ]]; then
    printf 'sslmode=prefer'
  elif [[ -s $CONFIGURATION/tls/ca.crt ]]; then
    printf 'sslmode=verify-full sslrootcert=%s' "$CONFIGURATION/tls/ca.crt"
  else
    printf 'sslmode=require'
  fi
}

# Of a connection whose other end is gone, the primary lets go within half a minute. Without that it waits a quarter of an hour for the
# last word of a WAL sender to arrive, and with it every checkpoint that takes the slot away: the WAL would fill the volume.
readonly LET_GO=-ctcp_user_timeout=30000

# as_replicator PROGRAM ARGUMENT...: with settings that nobody's parameters can change.
as_replicator() {
  LC_ALL=C PGOPTIONS="-c search_path= -c statement_timeout=0 -c idle_session_timeout=0 -c lock_timeout=10s -c tcp_keepalives_idle=20 \
-c tcp_keepalives_interval=5 -c tcp_keepalives_count=4 $LET_GO" "$@"
}

# ask_sql ORDINAL ARGUMENT...: what a peer's server answers to the SQL on standard input.
ask_sql() {
  as_replicator timeout 20 psql -X -At -q -w -v ON_ERROR_STOP=1 -d "$(conninfo "$1") dbname=postgres connect_timeout=3" "${@:2}"
}

# ask_sql_as_walsender ORDINAL ARGUMENT...: over a connection that is there also where clients have taken all others.
ask_sql_as_walsender() {
  as_replicator timeout 8 psql -X -At -q -w -v ON_ERROR_STOP=1 -d "$(conninfo "$1") dbname=postgres replication=database connect_timeout=3" "${@:2}"
}

# ask_walsender ORDINAL COMMAND...: what it answers over a connection for physical replication, which needs no database.
ask_walsender() {
  local command commands=()
  for command in "${@:2}"; do commands+=(-c "$command"); done
  as_replicator timeout 8 psql -X -At -w -d "$(conninfo "$1") replication=true connect_timeout=3" "${commands[@]}"
}

# ask ORDINAL: prints its role, system identifier, timeline and position. `starting`, `refusing` and `plain`, which does not encrypt, are
# alive; of what does not answer,
# `closed` has a name and an address, where nobody listens, and `down` has not even that.
ask() {
  local said status turn
  for turn in 1 2; do
    if said=$(ask_walsender "$1" 'SHOW in_hot_standby' IDENTIFY_SYSTEM 2>&1) &&
      [[ $said =~ (^|$'\n')(on|off)$'\n'([0-9]+)\|([0-9]+)\|([0-9A-F]+/[0-9A-F]+) ]]; then
      if [[ ${BASH_REMATCH[2]} == on ]]; then printf standby; else printf primary; fi
      printf ' %s %s %s' "${BASH_REMATCH[@]:3:3}"
      return
    fi
    status=0
    timeout 8 pg_isready -q -h "$(host_of "$1")" -p 5432 -U "$REPLICATOR" -d postgres -t 3 || status=$?
    # One that has just begun to serve is asked once more.
    [[ $status == 0 && $turn == 1 ]] || break
  done
  case $status in
    # It encrypts once the rollout that brings the certificates has reached it.
    0) if [[ $said == *'server does not support SSL'* ]]; then printf plain; else printf refusing; fi ;;
    1) printf starting ;;
    *) if [[ $said == *'Connection refused'* ]]; then printf closed; else printf down; fi ;;
  esac
  printf ' - 0 0/0'
}

# ask_peers: asks all of them at the same time; sets ANSWER, an array by ordinal.
ask_peers() {
  local peer asked=()
  declare -gA ANSWER=()
  ((${#PEERS[@]})) || return 0
  write_passfile || true
  mkdir -p "$ANSWERS"
  for peer in "${PEERS[@]}"; do
    ask "$peer" >"$ANSWERS/$peer" &
    asked+=("$!")
  done
  wait "${asked[@]}" || true
  for peer in "${PEERS[@]}"; do
    read -r "ANSWER[$peer]" <"$ANSWERS/$peer" || [[ ${ANSWER[$peer]:-} ]] || ANSWER[$peer]='down - 0 0/0'
  done
  rm -rf "$ANSWERS"
}
