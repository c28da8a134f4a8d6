# shellcheck shell=bash
# adopt-checks.sh: what must be true of a database before adopt.sh touches it, and what its user should know. Sourced by
# adopt.sh. Reads PGDATA, PGSTS_MAJOR, PGSTS_NAME.

# find_source: sets SOURCE to the one database of the volume, or checks that the named one is one.
find_source() {
  local named=$SOURCE found=()
  find_databases
  for SOURCE in "${DATABASES[@]}"; do
    [[ $named && $SOURCE != "$named" ]] || found+=("$SOURCE")
  done
  ((${#found[@]} > 0)) || fail "there is no database ${named:+in $named, }that could be taken over"
  ((${#found[@]} == 1)) || fail "there are several databases; name one with --directory=: ${found[*]}"
  SOURCE=${found[0]} STAGE=$VOLUME
  # One path for both ends: a rename between two mounts of one volume is none.
  [[ $SOURCE != "$SECOND_MOUNT"/* ]] || STAGE=$SECOND_MOUNT
  STAGE=$STAGE/$PGSTS_MAJOR/adopting
  # Once the first file has been moved there is nothing whole to be checked until the last one has.
  [[ $SOURCE == "$STAGE" || ! -e $STAGE ]] || RESUMED=1
}

# check_source: of what is not gathered yet, or of what is.
check_source() {
  local major
  [[ -z $RESUMED ]] || SOURCE=$STAGE
  major=$(major_of "$SOURCE")
  log "found a database of PostgreSQL $major in $SOURCE, where $(layout_of "$SOURCE") put it"
  [[ $major == "$PGSTS_MAJOR" ]] ||
    fail "it is of PostgreSQL $major, declared is $PGSTS_MAJOR: declare version $major, or copy it logically as docs/runbooks/migrate.md tells"
  [[ -O $SOURCE/PG_VERSION ]] ||
    fail "it belongs to uid $(owner_of "$SOURCE/PG_VERSION"), this pod runs as $UID: let it run as that user, or change the owner once"
  [[ ! -e $PGDATA || -z $(ls -A "$PGDATA") ]] || fail "$PGDATA is not empty"
  [[ $(stat -c %d "$SOURCE") == "$(stat -c %d "$VOLUME")" ]] || fail "$SOURCE is on another file system than $VOLUME and cannot be renamed"
  check_identity
  check_role
  check_links
  check_state
  tell_settings
  check_settings
}

# check_identity: a volume that remembers another database is not overwritten unasked.
check_identity() {
  local identifier
  identifier=$(control_value 'Database system identifier' "$SOURCE" 2>/dev/null) ||
    fail "$SOURCE holds no complete database: pg_controldata cannot read it"
  read_identity
  [[ ${IDENTITY[system_identifier]:-$identifier} == "$identifier" ]] ||
    fail "the volume was the home of ${IDENTITY[name]}/${IDENTITY[system_identifier]}, and this is another database; see docs/runbooks/other-cluster.md"
}

# check_role: a standby follows somebody, and a copy of a running server is no database yet.
check_role() {
  local file
  for file in standby.signal recovery.signal backup_label; do
    [[ ! -e $SOURCE/$file ]] || fail "$SOURCE/$file shows that this is a standby or an unfinished copy: take over the primary, or promote it first"
  done
}

# check_links: what the data directory points to must be here, and must not move with it.
check_links() {
  local link target
  for link in "$SOURCE"/pg_wal "$SOURCE"/pg_tblspc/*; do
    [[ -L $link ]] || continue
    target=$(readlink "$link")
    [[ $target == /* ]] || fail "$link points to $target, which would be another place once the database has moved: make it an absolute path before"
    [[ -d $link/ ]] || fail "$link points to $target, which is not in this pod: mount it there, or move it back before"
    [[ $target != "$SOURCE"/* ]] || fail "$link points to $target, which would move with the database"
  done
}

# check_state: a server that was killed left a database that has to be recovered; one that still runs has the same look.
check_state() {
  local state
  state=$(control_value 'Database cluster state' "$SOURCE")
  case $state in
    'shut down') ;;
    'shut down in recovery' | 'in archive recovery') fail "the old server was a standby ($state): take over the primary, or promote it first" ;;
    *)
      # A run of ours that was killed may have left it like this, too.
      [[ $CRASHED || ${IDENTITY[system_identifier]:-} ]] ||
        fail "the old server did not shut down ($state), or still runs: end it, and when none uses the volume any more, add --crashed to recover"
      ;;
  esac
}

# tell_settings: by name only, values may be secret. The old postgresql.conf is not read any more, postgresql.auto.conf is.
tell_settings() {
  local file names
  for file in postgresql.conf postgresql.auto.conf; do
    [[ -r $SOURCE/$file ]] || continue
    names=$(sed -n 's/^[[:space:]]*\([A-Za-z_.][A-Za-z0-9_.]*\)[[:space:]=].*/\1/p' "$SOURCE/$file" | sort -u | tr '\n' ' ')
    [[ -z $names ]] || log "$file sets ${names% }; $(told_about "$file")"
  done
}

told_about() {
  if [[ $1 == postgresql.conf ]]; then printf 'it is not read any more: put what you need into the program'
  else printf 'these are from ALTER SYSTEM and stay in force'; fi
}

# check_settings: once the database has moved, a server that cannot start with them would leave it half taken over. A value that is
# computed at the start is told after the libraries were loaded, and before anything of the database is touched.
check_settings() {
  local said preload=() trial=$PRIVATE/adopt-trial
  make_trial "$trial" "$SOURCE"
  [[ ! -r $SOURCE/postgresql.auto.conf ]] || cp "$SOURCE/postgresql.auto.conf" "$trial/"
  choose_libraries 2>/dev/null
  said=$(cd "$trial" && postgres -D "$trial" -c config_file="$CONFIGURATION/settings/postgresql.conf" -c ssl=off "${preload[@]}" \
    -C shared_memory_size 2>&1 </dev/null) ||
    fail "this image's server cannot start with the program's parameters and $SOURCE/postgresql.auto.conf: ${said//$'\n'/; }"
  rm -rf "$trial"
}
