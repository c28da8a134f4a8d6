# shellcheck shell=bash
# first-start.sh: what is refused where there is no database yet: a volume that knows another one must not become the home of
# a new, empty one unasked. Sourced by prepare.sh. Reads PGDATA, PGSTS_ACKNOWLEDGED_*, PGSTS_MAJOR, PGSTS_OWNER,
# PGSTS_WAL_VOLUME.

# is_empty DIRECTORY: it does not exist or nothing is in it. What cannot be read is not empty.
is_empty() {
  local content
  [[ -e $1 || -L $1 ]] || return 0
  content=$(ls -A "$1") || return 1
  [[ -z $content ]]
}

guard_first_start() {
  guard_volume
  guard_secret
  guard_init_sql
}

# guard_volume: what is on the volumes in the place of the database that is not there. Changes nothing.
guard_volume() {
  shopt -s nullglob
  guard_unreadable
  guard_other_databases
  guard_lost_database
  guard_wal_volume
  shopt -u nullglob
}

# guard_unreadable: other images run as other users, whose data directories are closed to us.
guard_unreadable() {
  local directory
  find_directories
  for directory in "${DIRECTORIES[@]}"; do
    [[ $directory == */lost+found/ || -r $directory && -x $directory && (! -e ${directory}PG_VERSION || -r ${directory}PG_VERSION) ]] ||
      refuse old-layout migrate "${directory%/} belongs to uid $(owner_of "$directory"), cannot be read by uid $UID and may hold a database"
  done
}

# guard_other_databases: of another major version, or where other images and charts put theirs. The newest one decides.
guard_other_databases() {
  local directory version major=0 place='' cure=''
  find_databases
  # after the look, during which a database may have moved
  guard_adopting
  for directory in "${DATABASES[@]}"; do
    version=$(major_of "$directory")
    ((version <= major)) || major=$version place=$directory
  done
  if [[ $place == "$VOLUME/$major/docker" ]]; then
    refuse_unless_acknowledged other-major major-version \
      "the volume holds a database of PostgreSQL $major in $place; one of PostgreSQL $PGSTS_MAJOR would start empty beside it" \
      PGSTS_ACKNOWLEDGED_MAJOR "$major"
  elif [[ $place ]]; then
    [[ $major != "$PGSTS_MAJOR" ]] || cure=", to which bash $SCRIPTS/adopt.sh in this pod takes it over"
    refuse_unless_acknowledged old-layout migrate \
      "the volume holds a database of PostgreSQL $major in $place, where $(layout_of "$place") put it; ours would be in $VOLUME/$major/docker$cure" \
      PGSTS_ACKNOWLEDGED_MAJOR "$major"
  fi
  OTHER_DATABASE=$place
}

# guard_adopting: while adopt.sh moves files, and where it was killed at that, there may be no directory that looks like a database. We came
# here because ours is empty, so what it began is not done.
guard_adopting() {
  local directory
  for directory in "$VOLUME" "$SECOND_MOUNT"; do
    directory+=/$PGSTS_MAJOR/adopting
    [[ ! -e $directory ]] ||
      refuse old-layout migrate "$directory is a database that is being taken over: run bash $SCRIPTS/adopt.sh again in this pod"
  done
}

# guard_lost_database: the volume remembers a database that is not there any more.
guard_lost_database() {
  local found other=''
  read_identity
  found=${IDENTITY[name]:-}/${IDENTITY[system_identifier]:-}
  [[ $found != / ]] || return 0
  # The one that it remembers may be the one of another major, which guard_other_databases has asked about.
  [[ ! $OTHER_DATABASE ]] || other=$(control_value 'Database system identifier' "$OTHER_DATABASE" 2>/dev/null) || other=''
  [[ $other && $other == "${IDENTITY[system_identifier]:-}" ]] ||
    refuse_unless_acknowledged lost-database other-cluster "the volume was the home of the database $found, which is gone" \
      PGSTS_ACKNOWLEDGED_CLUSTER "lost:$found"
}

# guard_wal_volume: its directories are named after the database whose WAL they hold.
guard_wal_volume() {
  local directory found
  [[ $PGSTS_WAL_VOLUME ]] || return 0
  for directory in "$PGSTS_WAL_VOLUME"/*/*/; do
    ! belongs_to_other_major "$directory" || continue
    found=${directory#"$PGSTS_WAL_VOLUME/"}
    refuse_unless_acknowledged foreign-wal other-cluster \
      "the WAL volume belongs to the database ${found%/}, and the data volume holds no database" \
      PGSTS_ACKNOWLEDGED_CLUSTER "lost:${found%/}"
  done
}

# belongs_to_other_major DIRECTORY: whether a database of another major version on the data volume has its WAL there.
belongs_to_other_major() {
  local link
  for link in "$VOLUME"/*/docker/pg_wal; do
    [[ ! $link -ef $1 ]] || return 0
  done
  return 1
}

# guard_secret: nobody could use a database whose owner has no password.
guard_secret() {
  check_username || refuse secret rotate-passwords "$PROBLEM"
  read_password password || refuse secret rotate-passwords "$PROBLEM"
}
