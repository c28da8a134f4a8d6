# shellcheck shell=bash
# shellcheck disable=SC2154 # the keys of FACT are words, not variables
# compare.sh: how this copy relates to the one that the primary has. Sourced by prepare.sh after facts.sh, which calls it and sets CONTROL,
# ANSWER and what is known of this copy; ancestry.sh finds the fork, wal-files.sh the last record.

# compare_with_primary: how my copy relates to the one that the primary has.
compare_with_primary() {
  local timeline position
  read -r _ _ timeline position <<<"${ANSWER[$PRIMARY]}"
  if ((MY_TIMELINE > timeline)); then
    FACT[timeline]=newer
  else
    ((MY_TIMELINE == timeline)) || FACT[timeline]=older
    find_fork "$timeline" "$position"
    ((MY_END >= 0 && FORK >= 0 && MY_END <= FORK)) || FACT[forked]=yes
    [[ ${FACT[timeline]} == older || ! $WAS_PRIMARY ]] && ! was_primary_of "$timeline" || FACT[forked]=yes
    [[ ${FACT[forked]} == yes ]] || ! has_received_more "$timeline" || FACT[forked]=yes
  fi
  if [[ ${FACT[forked]} == no && ${FACT[timeline]} != newer ]]; then
    to_number "$position"
    has_wal "$REPLY" || FACT[wal]=gone
  elif [[ $NAMESAKE ]]; then
    FACT[wal]=gone
  elif [[ ${FACT[timeline]} == older ]] && ((FORK >= 0)); then
    # What a rewind goes on from; no slot of mine keeps it.
    { keeps "$FORK" '' && has_checkpoint "$timeline"; } || FACT[wal]=gone
  fi
}

# doubt_primary: no copy is made of a primary that a standby has seen a successor of. That one was taken for lost and does not know it yet.
doubt_primary() {
  local peer role timeline newest
  read -r _ _ newest _ <<<"${ANSWER[$PRIMARY]}"
  for peer in "${PEERS[@]}"; do
    read -r role _ timeline _ <<<"${ANSWER[$peer]}"
    if [[ $role != standby ]] || ((timeline <= newest)); then continue; fi
    PEER_PROBLEM+="${PEER_PROBLEM:+; }$PGSTS_NAME-$PRIMARY is a primary of an older timeline than $PGSTS_NAME-$peer"
    FACT[primaries]=0 PRIMARY=''
    return
  done
}

# has_received_more TIMELINE: whether this volume has WAL behind where the history of the primary, which is on that timeline, left one of mine. Of a server
# that was killed, or that has not replayed all that it received, the control file does not tell; it would be replayed, and be in the way of what follows.
has_received_more() {
  local number end record first=${CONTROL["Latest checkpoint's TimeLineID"]}
  to_number "${CONTROL[Latest checkpoint location]}"
  record=$REPLY
  while read -r number end; do
    ((number >= first && number < $1)) || continue
    to_number "$end"
    end=$REPLY
    if goes_on_behind "$number" "$end" "$record"; then
      # a rewind goes by the control file, and would find nothing to take back: of another timeline, or of a server that was stopped before it had replayed it
      { ((number == MY_TIMELINE)) && [[ ! $STOPPED ]]; } || FACT[wal]=gone
      return 0
    fi
    record=$end
  done <<<"$HISTORY"
  return 1
}

# was_primary_of TIMELINE: whether this pod has handed that timeline over; it had all of it, and another one has only the number.
was_primary_of() {
  local last=0
  [[ ! -e $STEPPED_DOWN_FILE ]] || read -r last <"$STEPPED_DOWN_FILE"
  ((last >= $1))
}

# has_wal POSITION: whether the primary, which has written up to there, has kept what I need next. My slot keeps it, unless it was
# lost; where I was stuck all the same, only the file itself counts that I waited for.
has_wal() {
  local needed=$MY_END slot
  slot=$(slot_of "$ORDINAL")
  [[ ! -e $STUCK_FILE ]] || { read -r needed <"$STUCK_FILE" && slot=''; }
  ((needed < $1)) || return 0
  keeps "$needed" "$slot"
}

# keeps POSITION SLOT: whether the primary has kept its WAL from there on; one that cannot tell is believed to have. A slot that is named is
# believed, too: it follows what I have received, which may be more than I know of. Sets MY_SLOT where there is one.
keeps() {
  local size=${CONTROL[Bytes per WAL segment]} segment parts said
  parts=$((0x100000000 / size)) segment=$(($1 / size))
  printf -v segment '%08X%08X' $((segment / parts)) $((segment % parts))
  said=$(ask_sql "$PRIMARY" -v slot="$2" -v segment="$segment" <<'SQL'
SELECT CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_replication_slots
                          WHERE slot_name = :'slot' AND restart_lsn IS NOT NULL AND wal_status <> 'lost') THEN 'slot'
            WHEN EXISTS (SELECT FROM pg_catalog.pg_ls_waldir()
                          WHERE pg_catalog.length(name) = 24 AND pg_catalog.substr(name, 9) = :'segment') THEN 'file'
            ELSE 'gone' END;
SQL
  ) || return 0
  [[ $said != slot ]] || MY_SLOT=1
  [[ $said != gone ]]
}

# has_checkpoint TIMELINE: whether a rewind has, or soon will have, a checkpoint on it to go by. One that has stepped down makes none any more; one that does
# not tell now is asked again by the rewind.
has_checkpoint() {
  local role said
  read -r role _ <<<"${ANSWER[$PRIMARY]}"
  [[ $role != primary ]] || return 0
  said=$(ask_sql "$PRIMARY" <<<'SELECT timeline_id FROM pg_catalog.pg_control_checkpoint();') || return 0
  [[ $said == "$1" ]]
}
