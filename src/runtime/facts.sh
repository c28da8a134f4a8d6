# shellcheck shell=bash
# facts.sh: what decide goes by: the declared topology, what is on the volume, what peers say. Sourced by prepare.sh. Reads PGDATA,
# PGSTS_ON_DIVERGENCE and the mounted topology.

readonly REJOINING=$VOLUME/.rejoining
declare -gA FACT=()

# look: fills FACT. Where there is no peer, nobody is asked and nothing is waited for.
look() {
  read_topology
  FACT=([declared]=other [foreign]=no [primaries]=0 [timeline]=same [forked]=no [wal]=kept [refusing]=no [standbys]=no [starting]=no
    [higher]=no [waited]=yes [origin]=${IDENTITY[origin]:-initdb} [divergence]=rewind)
  ((ORDINAL != PRIMARY_ORDINAL)) || FACT[declared]=me
  PRIMARY='' PRIMARY_SYSTEM='' PEER_PROBLEM=''
  look_at_volume
  ((${#PEERS[@]})) || return 0
  FACT[divergence]=$PGSTS_ON_DIVERGENCE
  ask_peers
  hear_peers
  case ${FACT[primaries]}${FACT[volume]} in 1standby | 1primary) compare_with_primary ;; esac
  waited_enough || FACT[waited]=no
}

look_at_volume() {
  MY_SYSTEM='' MY_TIMELINE=0 MY_END=0 MY_SLOT='' WAS_PRIMARY=''
  if is_empty "$PGDATA"; then
    FACT[volume]=empty
    return
  elif [[ ! -s $PGDATA/PG_VERSION || ! -s $PGDATA/global/pg_control ]]; then
    FACT[volume]=broken
    return
  elif [[ -e $REJOINING ]]; then FACT[volume]=interrupted
  elif [[ -e $PGDATA/standby.signal ]]; then FACT[volume]=standby
  else FACT[volume]=primary; fi
  ((!${#PEERS[@]})) || look_at_control
}

# look_at_control: where this copy's WAL ends, as far as it is known for sure (else MY_END is -1), and on which timeline.
look_at_control() {
  local state redo timeline
  read_control "$PGDATA"
  MY_SYSTEM=${CONTROL[Database system identifier]}
  MY_TIMELINE=${CONTROL["Latest checkpoint's TimeLineID"]}
  state=${CONTROL[Database cluster state]}
  to_number "${CONTROL[Latest checkpoint location]}"
  redo=$REPLY
  case $state in
    *'archive recovery' | 'shut down in recovery')
      # Only its standby.signal was lost: a server that wrote would have left another state.
      [[ ${FACT[volume]} != primary ]] || FACT[volume]=standby
      ;;
    # A copy that never ran has the state of the server that it is a copy of.
    *) [[ -e $PGDATA/backup_label ]] || WAS_PRIMARY=1 ;;
  esac
  if [[ ! $WAS_PRIMARY ]]; then
    to_number "${CONTROL[Minimum recovery ending location]}"
    MY_END=$((REPLY > redo ? REPLY : redo))
    timeline=${CONTROL["Min recovery ending loc's timeline"]}
    ((timeline <= MY_TIMELINE)) || MY_TIMELINE=$timeline
  elif [[ $state == 'shut down' ]]; then
    # The record of that checkpoint is the last one.
    MY_END=$((redo + 1))
  else
    MY_END=-1
  fi
}

# hear_peers: what follows from their answers.
hear_peers() {
  local peer role system timeline known=$MY_SYSTEM refusing=''
  for peer in "${PEERS[@]}"; do
    read -r role system timeline _ <<<"${ANSWER[$peer]}"
    case $role in
      primary)
        FACT[primaries]=$((FACT[primaries] < 2 ? FACT[primaries] + 1 : 2))
        # shellcheck disable=SC2034 # clone.sh expects it
        PRIMARY=$peer PRIMARY_SYSTEM=$system
        ;;
      standby)
        FACT[standbys]=yes
        ((timeline <= MY_TIMELINE)) || FACT[higher]=yes
        ;;
      starting) FACT[starting]=yes ;;
      refusing) FACT[refusing]=yes refusing+=" $PGSTS_NAME-$peer" ;;
    esac
    [[ $system != - ]] || continue
    [[ ${known:-$system} == "$system" ]] || FACT[foreign]=yes
    known=$system
  done
  [[ ! $refusing ]] || PEER_PROBLEM="refusing:$refusing"
  [[ -e $PASSFILE ]] || PEER_PROBLEM+="${PEER_PROBLEM:+; }$PROBLEM"
}

# compare_with_primary: how my copy relates to the one that the primary has.
compare_with_primary() {
  local timeline position
  read -r _ _ timeline position <<<"${ANSWER[$PRIMARY]}"
  to_number "$position"
  if ((MY_TIMELINE > timeline)); then
    FACT[timeline]=newer
  elif ((MY_TIMELINE == timeline)); then
    [[ ! $WAS_PRIMARY ]] && ((MY_END <= REPLY)) || FACT[forked]=yes
  else
    FACT[timeline]=older
    find_fork "$timeline"
    ((MY_END >= 0 && FORK >= 0 && MY_END <= FORK)) || FACT[forked]=yes
  fi
  [[ ${FACT[timeline]} != newer && ${FACT[forked]} == no ]] || return 0
  to_number "$position"
  has_wal "$REPLY" || FACT[wal]=gone
}

# find_fork TIMELINE: sets FORK to where the history of the primary's timeline leaves mine; -1 where it never was on mine.
find_fork() {
  local history number point
  FORK=-1
  history=$(ask_walsender "$PRIMARY" "TIMELINE_HISTORY $1")
  while read -r number point _; do
    [[ $number == "$MY_TIMELINE" ]] || continue
    to_number "$point"
    FORK=$REPLY
  done <<<"${history#*.history|}"
}

# has_wal POSITION: whether the primary, which has written up to there, has kept what I need next. My slot keeps it, unless it was
# lost; where I was stuck all the same, only the file itself counts. A server that cannot tell is believed to have it. Sets MY_SLOT
# where there is one that keeps it.
has_wal() {
  local size=${CONTROL[Bytes per WAL segment]} segment parts said
  ((MY_END < $1)) || return 0
  parts=$((0x100000000 / size)) segment=$((MY_END / size))
  printf -v segment '%08X%08X' $((segment / parts)) $((segment % parts))
  said=$(ask_sql "$PRIMARY" -v slot="$(slot_of "$ORDINAL")" -v segment="$segment" -v stuck="$([[ ! -e $PRIVATE/stuck ]] || printf 1)" <<'SQL'
SELECT CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_replication_slots
                          WHERE slot_name = :'slot' AND restart_lsn IS NOT NULL AND wal_status <> 'lost' AND :'stuck' = '') THEN 'slot'
            WHEN EXISTS (SELECT FROM pg_catalog.pg_ls_waldir()
                          WHERE pg_catalog.length(name) = 24 AND pg_catalog.substr(name, 9) = :'segment') THEN 'file'
            ELSE 'gone' END;
SQL
  ) || return 0
  [[ $said != slot ]] || MY_SLOT=1
  [[ $said != gone ]]
}
