# shellcheck shell=bash
# copies.sh: what becomes of the copy that a clone replaces, and whether there is room. Data that was ever written here is renamed
# beside, never deleted; a copy that only followed and has nothing that the primary lacks may go. Sourced by prepare.sh. Reads
# PGDATA, PGSTS_NAME, PGSTS_WAL_VOLUME, PGSTS_WAL_SEGMENT_MEBIBYTES; facts.sh sets FACT, WAS_PRIMARY, STOPPED, PRIMARY.

# In a staging directory, what is to become of the copy that it replaces: `keep` or `discard`.
readonly OLD_COPY=cdk8s-postgres.old

# fate_of_old: what was received before the server was killed may go on behind where its control file says; where another pod has become the primary
# since, that is nowhere else, perhaps.
fate_of_old() {
  if [[ ${FACT[volume]} == standby && ${FACT[forked]} == no && ! $WAS_PRIMARY && (${FACT[timeline]} == same || $STOPPED) ]]; then
    printf discard
  else
    printf keep
  fi
}

# make_room: the new copy beside the old one, where both fit; else in its place, where that may go; else nothing is touched.
make_room() {
  local needed free old=0 found
  guard_tablespaces
  ask_in_turn 600 'SELECT sum(pg_catalog.pg_tablespace_size(oid))::bigint FROM pg_catalog.pg_tablespace;'
  needed=$REPLY
  # the WAL that arrives meanwhile
  needed=$((needed + 8 * PGSTS_WAL_SEGMENT_MEBIBYTES * 1024 * 1024))
  free=$(free_space "$VOLUME")
  if [[ ${FACT[volume]} != empty ]]; then
    if [[ $(fate_of_old) == keep ]]; then
      found=$(compgen -G "$PGDATA.diverged-*") || found=''
      [[ ! $found ]] ||
        refuse set-aside replicas "the copy in $PGDATA was written to and has to be kept, but ${found%%$'\n'*} is kept already: take it away when nobody needs it"
    else
      old=$(du -sk "$PGDATA") old=$((${old%%[!0-9]*} * 1024))
    fi
  fi
  ((needed <= free + old)) ||
    refuse volume-too-small resize "the copy of the database needs $(mebibytes "$needed") MiB, the volume $VOLUME has no room for that; what is there stays"
  if ((needed > free)); then
    log 'there is no room for both copies, the old one goes first: it only followed, and the primary has all of it'
    discard_old
  fi
}

# guard_tablespaces: their directories are outside of the copy, and nothing here would be at their places.
guard_tablespaces() {
  ask_in_turn 20 "SELECT string_agg(format('%I', spcname), ', ' ORDER BY spcname) FROM pg_catalog.pg_tablespace
                   WHERE spcname NOT IN ('pg_default', 'pg_global');"
  [[ ! $REPLY ]] || refuse tablespaces replicas "the database has tablespaces of its own, of which there can be no replica: $REPLY"
}

# free_space VOLUME: in bytes; one that cannot tell has enough.
free_space() {
  local free size
  read -r free size < <(stat -f -c '%a %S' "$1" 2>/dev/null) && [[ $free$size =~ ^[0-9]+$ ]] || free=$((1 << 40)) size=1
  printf '%s' $((free * size))
}

# mebibytes BYTES: rounded up to 16, so that the reason stays the same while the database grows a little.
mebibytes() { printf '%s' $((($1 / 1048576 / 16 + 1) * 16)); }

# put_old_aside STAGING: makes way for a complete copy. Whatever interrupts it, the next run goes on here.
put_old_aside() {
  local stamp fate
  STAGING=$1
  fate=$(<"$1/$OLD_COPY") || fate=keep
  if [[ $fate == discard ]]; then
    discard_old
    return
  fi
  local -x TZ=UTC0
  printf -v stamp '%(%Y%m%dT%H%M%SZ)T' -1
  mv "$PGDATA" "$PGDATA.diverged-$stamp"
  durable "$VOLUME"
  log "the old copy is kept as $PGDATA.diverged-$stamp; docs/runbooks/replicas.md tells what to do with it"
}

# discard_old: renamed first, so that half of it is never taken for a database.
discard_old() {
  mv "$PGDATA" "${PGDATA%/*}/.discarded-${STAGING##*-}"
  durable "$VOLUME"
  remove_discarded
}

# remove_discarded: what was to go, and its WAL.
remove_discarded() {
  local discarded wal
  for discarded in "${PGDATA%/*}"/.discarded-*; do
    [[ -e $discarded ]] || continue
    wal=$(readlink "$discarded/pg_wal") || wal=''
    [[ -z $PGSTS_WAL_VOLUME || $wal != "$PGSTS_WAL_VOLUME/$PGSTS_NAME"/?* ]] || rm -rf "$wal"
    rm -rf "$discarded"
  done
}
