# shellcheck shell=bash
# standby.sh: what a server is told about its role, and its slot. Sourced by prepare.sh and agent.sh. Reads PGDATA, PGSTS_POD.

# The settings that a standby must not undercut: name, label in the control file.
readonly FLOORS=(
  'max_connections:max_connections setting' 'max_worker_processes:max_worker_processes setting'
  'max_wal_senders:max_wal_senders setting' 'max_prepared_transactions:max_prepared_xacts setting'
  'max_locks_per_transaction:max_locks_per_xact setting'
)

# write_role: everything that the server of ROLE needs. A server with standby.signal never writes.
write_role() {
  local followed
  rm -f "$REPLICATION_FILE" "$AGAIN_FILE" "$STEP_DOWN_FILE" "$RETURN_FILE" "$HURRY_FILE" "$SWITCHOVER_FILE" "$COMMITS_FILE" \
    "$PROMOTING_FILE" "$ALONE_FILE"
  # shellcheck disable=SC2153 # decide sets it
  [[ ! ${PEERS[*]} ]] || log "$ACTION: $REASON: $SENTENCE"
  # who confirms with whom is no matter of this volume
  [[ ${QUORUM:-0} == 0 ]] || take_out synchronous_standby_names "pod of $PGSTS_NAME"
  # shellcheck disable=SC2153 # settle_role sets it
  if [[ $ROLE == primary ]]; then
    replace "$STANDBY_FILE" ''
    rm -f "$FLOORS_FILE" "$STUCK_FILE" "$STEPPED_DOWN_FILE" "$CLAIMED_FILE"
    # declared, with no other to be seen: from here on it is no accident that it writes
    [[ ${IDENTITY[origin]:-} != clone ]] || note_origin promoted
    replace "$ROLE_FILE" $'primary\n'
    return
  fi
  [[ $PRIMARY ]] || { : >"$ALONE_FILE" && note_first_records; }
  keep_right
  [[ -e $PGDATA/standby.signal ]] || { : >"$PGDATA/standby.signal" && durable "$PGDATA"; }
  # The slots of a server that was a primary would hold its WAL back for ever.
  [[ ! $WAS_PRIMARY ]] || rm -rf "$PGDATA"/pg_replslot/*
  forget_others
  followed=${PRIMARY:-$PRIMARY_ORDINAL}
  if ((followed == ORDINAL)) && find_predecessor; then followed=$REPLY && make_slot "$followed"; fi
  heed_fence
  [[ ! $PRIMARY || $MY_SLOT ]] || make_slot "$followed"
  # Nobody is there to be followed yet; what is on the volume can be read.
  if ((followed == ORDINAL)); then replace "$STANDBY_FILE" ''; else write_standby "$followed"; fi
  ask_configured
  read_control "$PGDATA"
  choose_floors
  replace "$FLOORS_FILE" "$FLOORS_TEXT"
  rm -f "$STUCK_FILE"
  replace "$ROLE_FILE" "standby $followed"$'\n'
}

# heed_fence: a primary that a person takes for lost is not followed, until another one is on a newer timeline. Whether the one that is to
# take over can be, follow.sh finds out.
heed_fence() {
  local timeline
  read_note fenced || return 0
  [[ ! $PRIMARY ]] || read -r _ _ timeline _ <<<"${ANSWER[$PRIMARY]}"
  if [[ $PRIMARY ]] && ends_fence primary "$PRIMARY" "$timeline"; then rm -rf "$PGDATA"/pg_replslot/{fenced,heeded}_t*; else followed=$ORDINAL; fi
}

# keep_right: one that was the primary may offer that to another pod, as long as no other is it (hand-over.sh).
keep_right() {
  # it may take connections before it has replayed what whoever takes it must have
  rm -rf "$PGDATA"/pg_replslot/offered_t*
  if [[ $PRIMARY ]]; then
    rm -f "$STEPPED_DOWN_FILE"
    # what it was declared for, or has been, is over
    note_origin clone || true
  elif { [[ $WAS_PRIMARY ]] || has_begun_timeline; } && ! { read_note superseded && ((NOTE_TIMELINE > MY_TIMELINE)); }; then
    printf '%s\n' "$MY_TIMELINE" >"$STEPPED_DOWN_FILE"
  fi
  [[ ! -e $CLAIMED_FILE ]] || { durable "$VOLUME" && rm -f "$CLAIMED_FILE" && durable "$VOLUME"; }
}

# has_begun_timeline: whether this server was killed while it promoted itself, when it was on its own timeline but not in production yet.
has_begun_timeline() {
  local claimed=0
  [[ -e $CLAIMED_FILE ]] && read -r claimed <"$CLAIMED_FILE" && ((MY_TIMELINE > claimed))
}

# write_standby ORDINAL [LINES]: whom the server follows, where it is a standby.
write_standby() {
  replace "$STANDBY_FILE" "primary_conninfo = '$(conninfo "$1") application_name=$PGSTS_POD connect_timeout=5 options=$LET_GO'
primary_slot_name = '$(slot_of "$ORDINAL")'
${2:-}"
}

# decide_again WHY: the supervisor stops the server and settles its role anew.
decide_again() {
  log "$1: the server is stopped, and the role settled anew"
  replace "$AGAIN_FILE" "$1"
}

# call_supervisor: it looks at what has changed at once.
call_supervisor() { kill -USR1 1; }

# forget_others: ALTER SYSTEM and the tools of other installations leave settings in a file that stands above the mounted ones and comes
# along with every copy. By these a standby would follow somebody else, end its recovery, or let nobody read.
forget_others() {
  take_out 'primary_conninfo|primary_slot_name|restore_command|archive_cleanup_command|recovery_(target[a-z_]*|end_command)|hot_standby' \
    "standby of $PGSTS_NAME"
}

# take_out PATTERN WHO: the settings that nobody like that may have there.
take_out() {
  local file=$PGDATA/postgresql.auto.conf settings="^[[:blank:]]*($1)[[:blank:]=]" forgotten status=0
  # in the image's locale, text of another encoding would be no text
  local -x LC_ALL=C
  forgotten=$(grep -siEo "$settings" "$file" | tr -d ' =\t' | sort -u) || true
  [[ $forgotten ]] || return 0
  log "takes settings out of ${file##*/} that no $2 may have: ${forgotten//$'\n'/ }"
  grep -viE "$settings" "$file" >"$file.new" || status=$?
  ((status < 2)) && durable "$file.new" && mv -f "$file.new" "$file" && durable "$PGDATA"
}

# make_slot ORDINAL: my slot on that server. One that was lost never recovers. Without one the server may drop WAL that I need, which
# is found later: no reason not to start.
make_slot() {
  ask_sql "$1" -v slot="$(slot_of "$ORDINAL")" >/dev/null <<'SQL' || log "the slot on $(host_of "$1") could not be made; it is tried again"
SELECT pg_catalog.pg_drop_replication_slot(slot_name) FROM pg_catalog.pg_replication_slots WHERE slot_name = :'slot' AND wal_status = 'lost' AND NOT active;
SELECT pg_catalog.pg_create_physical_replication_slot(:'slot', true) WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_replication_slots WHERE slot_name = :'slot');
SQL
}

# ask_configured: writes what the mounted files say about those settings; the server's own program reads them, all at once.
ask_configured() {
  local floor name asked=()
  for floor in "${FLOORS[@]}"; do
    name=${floor%%:*}
    postgres -D "$PGDATA" -c config_file="$CONFIGURATION/settings/postgresql.conf" -C "$name" >"$PRIVATE/configured-$name" 2>/dev/null &
    asked+=("$!")
  done
  wait "${asked[@]}" || true
  for floor in "${FLOORS[@]}"; do
    name=${floor%%:*}
    printf '%s=%s\n' "$name" "$(<"$PRIVATE/configured-$name")"
    rm -f "$PRIVATE/configured-$name"
  done >"$CONFIGURED_FILE"
}

# choose_floors: sets FLOORS_TEXT to those settings, as lines NAME=VALUE, that have to be larger than configured: the primary ran with
# more, and a standby with less would end at once. CONTROL says with how much.
choose_floors() {
  local name configured floor needed
  FLOORS_TEXT=''
  while IFS='=' read -r name configured; do
    for floor in "${FLOORS[@]}"; do
      [[ ${floor%%:*} == "$name" ]] || continue
      needed=${CONTROL[${floor#*:}]:-0}
      ((configured >= needed)) || FLOORS_TEXT+="$name=$needed"$'\n'
    done
  done <"$CONFIGURED_FILE"
}
