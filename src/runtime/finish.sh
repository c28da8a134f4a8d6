# shellcheck shell=bash
# finish.sh: brings a staging directory of initialise.sh or clone.sh into place, or takes away what is not complete. Sourced by
# prepare.sh. Reads PGDATA, PGSTS_NAME, PGSTS_WAL_VOLUME.

# finish_initialisation: renames what is complete and deletes what is not. Every step can be the last before a crash.
finish_initialisation() {
  local staging
  shopt -s nullglob
  remove_discarded
  for staging in "${PGDATA%/*}"/.initialising-* "${PGDATA%/*}"/.cloning-*; do
    [[ -e $staging/$COMPLETE ]] || continue
    [[ $staging != */.cloning-* ]] || is_empty "$PGDATA" || put_old_aside "$staging"
    ! is_empty "$PGDATA" || place_staging "$staging"
  done
  for staging in initialising cloning; do
    rm -rf "${PGDATA%/*}/.$staging"-* ${PGSTS_WAL_VOLUME:+"$PGSTS_WAL_VOLUME/.$staging"-*}
  done
  rm -rf "$VOLUME/.rewinding" ${PGSTS_WAL_VOLUME:+"$PGSTS_WAL_VOLUME/.rewinding"} "$VOLUME"/diverged-*.new
  shopt -u nullglob
  if [[ -e $PGDATA/$COMPLETE ]]; then
    # This copy is whole, whatever had become of the one before.
    rm -f "$PGDATA/$OLD_COPY" "$REJOINING" "$STEPPED_DOWN_FILE" "$CLAIMED_FILE"
    mv -f "$PGDATA/$COMPLETE" "$IDENTITY_FILE"
    durable "$VOLUME"
  fi
}

place_staging() {
  local staging=$1 wal
  if [[ $PGSTS_WAL_VOLUME ]]; then
    wal=$PGSTS_WAL_VOLUME/${staging##*/}
    if [[ -L $staging/pg_wal && -d $wal ]]; then
      mkdir -p "$PGSTS_WAL_VOLUME/$PGSTS_NAME"
      mv "$wal" "$(readlink "$staging/pg_wal")"
    fi
    # also where an earlier run, which ended before it could, has renamed it
    durable "$PGSTS_WAL_VOLUME"
  fi
  [[ ! -e $PGDATA ]] || rmdir "$PGDATA"
  mv "$staging" "$PGDATA"
  durable "$VOLUME"
}
