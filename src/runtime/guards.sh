# shellcheck shell=bash
# guards.sh: what is refused before a server may touch the database that is there. Each refusal tells what was found and,
# where going on can be right, the variable that acknowledges it; what was acknowledged is written down at once.
# Sourced by prepare.sh. Reads PGDATA, PGSTS_ACKNOWLEDGED_*, PGSTS_MAJOR, PGSTS_NAME, PGSTS_WAL_VOLUME,
# PGSTS_WAL_SEGMENT_MEBIBYTES.

guard_image() {
  local version
  version=$(postgres --version)
  version=${version#*) }
  [[ ${version%%[!0-9]*} == "$PGSTS_MAJOR" ]] ||
    refuse image-major major-version "the image holds PostgreSQL $version, the declared version is $PGSTS_MAJOR"
}

# guard_space START: on a full volume a server starts at best to refuse every session; one that could not start needs room
# for the WAL of its recovery.
guard_space() {
  STEP='checking the volume'
  local full needed=1
  [[ $1 != start-failed ]] || needed=$((PGSTS_WAL_SEGMENT_MEBIBYTES + 8))
  full=$(full_volume "$needed")
  [[ -z $full ]] || refuse volume-full resize "the volume $full is full, the server needs at least $needed MiB of free space"
}

# full_volume MEBIBYTES: prints the first of our volumes that has less free space.
full_volume() {
  local volume blocks free size
  for volume in "$VOLUME" ${PGSTS_WAL_VOLUME:+"$PGSTS_WAL_VOLUME"}; do
    # What cannot be asked, or says nothing of its space (not even how many blocks there are), is not taken for full.
    read -r blocks free size < <(stat -f -c '%b %a %S' "$volume" 2>/dev/null) && [[ $blocks$free$size =~ ^[0-9]+$ ]] || continue
    ((!blocks || free * size >= $1 * 1024 * 1024)) || { printf '%s' "$volume" && return; }
  done
}

guard_database() {
  local version
  [[ -O $PGDATA ]] ||
    refuse ownership volume "$PGDATA belongs to another user than the container's, whose uid is $UID"
  [[ -s $PGDATA/PG_VERSION && -s $PGDATA/global/pg_control ]] ||
    refuse no-database volume "$PGDATA is not empty and holds no complete database; it is left alone"
  read -r version <"$PGDATA/PG_VERSION"
  [[ $version == "$PGSTS_MAJOR" ]] ||
    refuse image-major major-version "$PGDATA holds a database of PostgreSQL $version, the declared version is $PGSTS_MAJOR"
}

# guard_wal: the link in the data directory decides where the WAL is.
guard_wal() {
  if [[ -L $PGDATA/pg_wal && ! -d $PGDATA/pg_wal/ ]]; then
    refuse foreign-wal other-cluster "the WAL of this database is $(readlink "$PGDATA/pg_wal"), and no volume that is mounted has it"
  fi
  [[ -z $PGSTS_WAL_VOLUME || -L $PGDATA/pg_wal ]] ||
    log_once 'wal-stays: the WAL stays on the data volume, where this database was made; docs/runbooks/resize.md tells how to move it'
}

# guard_cluster: the volume belongs to one database by name, and to one data directory by system identifier.
guard_cluster() {
  local identifier name=${IDENTITY[name]:-$PGSTS_NAME}
  identifier=$(control_value 'Database system identifier' "$PGDATA")
  if [[ $name != "$PGSTS_NAME" ]]; then
    refuse_unless_acknowledged other-cluster other-cluster "the volume belongs to the database $name/$identifier, declared is $PGSTS_NAME" \
      PGSTS_ACKNOWLEDGED_CLUSTER "$name/$identifier"
  elif [[ ${IDENTITY[system_identifier]:-$identifier} != "$identifier" ]]; then
    refuse_unless_acknowledged other-cluster other-cluster "$PGDATA is $name/$identifier, the volume was the home of $name/${IDENTITY[system_identifier]}" \
      PGSTS_ACKNOWLEDGED_CLUSTER "$name/$identifier"
  elif [[ ${IDENTITY[name]:-} ]]; then
    return
  else
    # Not written down here: guard_libc has to ask, too, and until both have their answer the volume still does not know it.
    guard_unknown "$name/$identifier"
    return
  fi
  write_identity "$IDENTITY_FILE" "$PGSTS_NAME" "$identifier" "${IDENTITY[libc]:-unknown}" "${IDENTITY[origin]:-initdb}"
  read_identity
}

# guard_unknown FOUND: of a database that the volume does not know another server may still be running, perhaps in another pod.
guard_unknown() {
  local state pid=''
  state=$(control_value 'Database cluster state' "$PGDATA")
  [[ ! -e $PGDATA/postmaster.pid ]] || pid=' with a postmaster.pid'
  [[ $state$pid == 'shut down' ]] ||
    refuse_unless_acknowledged other-cluster other-cluster \
      "the volume does not know the database in $PGDATA, whose state is $state${pid}: another server may still be running on it" \
      PGSTS_ACKNOWLEDGED_CLUSTER "$1"
}

# guard_libc: indexes on text are built in the order of one C library and are silently wrong under another. Of a database that
# the volume does not know, it is not known either: nothing in the files tells it. Only now such a database becomes ours.
guard_libc() {
  local libc identifier recorded=${IDENTITY[libc]:-unknown}
  libc=$(libc_lineage)
  [[ -z ${IDENTITY[name]:-} || $libc && $recorded != "$libc" ]] || return 0
  if [[ $recorded == unknown ]]; then
    refuse_unless_acknowledged other-libc migrate \
      "which C library sorted the indexes of $PGDATA is not known, the image has $libc: if it was another one, indexes on text have to be rebuilt" \
      PGSTS_ACKNOWLEDGED_LIBC unknown
  else
    refuse_unless_acknowledged other-libc other-libc \
      "this database ran with the C library $recorded and the image has $libc, which may sort text differently than the indexes" \
      PGSTS_ACKNOWLEDGED_LIBC "$recorded"
  fi
  identifier=$(control_value 'Database system identifier' "$PGDATA")
  write_identity "$IDENTITY_FILE" "$PGSTS_NAME" "$identifier" "${libc:-unknown}" "${IDENTITY[origin]:-initdb}"
}

# guard_tls: with a certificate that it cannot use, a server ends at once, again and again.
guard_tls() {
  [[ -d $TLS ]] || return 0
  STEP='checking the certificate'
  make_tls_trial
  try_tls || refuse tls tls "$PROBLEM"
}
