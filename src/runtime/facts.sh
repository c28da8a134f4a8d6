# shellcheck shell=bash
# facts.sh: what decide goes by: the declared topology, what is on the volume, what peers say. Sourced by prepare.sh. Reads PGDATA,
# PGSTS_ON_DIVERGENCE and the mounted topology.

readonly REJOINING=$VOLUME/.rejoining
declare -gA FACT=()

# look: fills FACT. Where there is no peer, nobody is asked and nothing is waited for.
look() {
  read_topology
  FACT=([declared]=other [foreign]=no [primaries]=0 [timeline]=same [forked]=no [wal]=kept [refusing]=no [standbys]=no [starting]=no
    [higher]=no [waited]=yes [origin]=${IDENTITY[origin]:-initdb} [divergence]=rewind [initialise]=yes)
  # no sum: of what is no number bash makes one, and every pod would be meant
  [[ $PRIMARY_ORDINAL != "$ORDINAL" ]] || FACT[declared]=me
  PRIMARY='' PRIMARY_SYSTEM='' PEER_PROBLEM=''
  look_at_volume
  case ${FACT[volume]}${FACT[declared]} in emptyme | interruptedme) add_undeclared_peers ;; esac
  ((${#PEERS[@]})) || return 0
  FACT[divergence]=$PGSTS_ON_DIVERGENCE
  ask_patiently
  hear_peers
  case ${FACT[primaries]}${FACT[volume]} in 1empty | 1interrupted) doubt_primary ;; esac
  case ${FACT[declared]}${FACT[primaries]}${FACT[volume]}${FACT[higher]} in me0empty* | me0interrupted* | me0primaryyes) find_offer ;; esac
  case ${FACT[primaries]}${FACT[volume]} in 1standby | 1primary) compare_with_primary ;; esac
  waited_enough || FACT[waited]=no
}

# ask_patiently: the network of a new pod may come a second or two after its start. A standby that then took its primary for gone would
# start without a slot.
ask_patiently() {
  local turn
  for turn in 1 2 3; do
    ask_peers
    [[ ${FACT[volume]} == standby && " ${ANSWER[*]}" == *' down '* && " ${ANSWER[*]}" != *' primary '* ]] && ((turn < 3)) || return 0
    pause 1.5
  done
}

look_at_volume() {
  MY_SYSTEM='' MY_TIMELINE=0 MY_END=0 MY_SLOT='' WAS_PRIMARY='' STOPPED=''
  if is_empty "$PGDATA"; then
    FACT[volume]=empty
    # Where the file is missing, nobody has said anything; what cannot be read says no.
    [[ ! -e $TOPOLOGY/empty-volume || $(<"$TOPOLOGY/empty-volume") == initialise ]] || FACT[initialise]=no
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
      [[ $state != shut* ]] || STOPPED=1
      # Only its standby.signal was lost: a server that wrote would have left another state.
      [[ ${FACT[volume]} != primary ]] || FACT[volume]=standby
      ;;
    # A copy that never ran has the state of the server that it is a copy of.
    *) [[ -e $PGDATA/backup_label ]] || WAS_PRIMARY=1 ;;
  esac
  # also of one that was promoted, until its first checkpoint
  timeline=${CONTROL["Min recovery ending loc's timeline"]}
  ((timeline <= MY_TIMELINE)) || MY_TIMELINE=$timeline
  if [[ ! $WAS_PRIMARY ]]; then
    to_number "${CONTROL[Minimum recovery ending location]}"
    MY_END=$((REPLY > redo ? REPLY : redo))
  elif [[ $state == 'shut down' ]]; then
    # The record of that checkpoint is the last one.
    MY_END=$((redo + 1))
  else
    MY_END=-1
  fi
}

# hear_peers: what follows from their answers.
hear_peers() {
  local peer role system timeline known=$MY_SYSTEM refusing='' ahead='' lost=''
  # Another pod may have said so while this one ran.
  if read_note superseded && ((NOTE_TIMELINE > MY_TIMELINE)); then FACT[higher]=yes ahead=" $PGSTS_NAME-$NOTE (timeline $NOTE_TIMELINE)"; fi
  # A copy that a person has fenced off (fence.sh) takes nothing from the primary that was taken for lost, also where it is to be copied anew.
  case ${FACT[volume]} in standby | interrupted) read_note fenced || true ;; *) NOTE='' ;; esac
  for peer in "${PEERS[@]}"; do
    read -r role system timeline _ <<<"${ANSWER[$peer]}"
    case $role in
      primary)
        if [[ ! $NOTE ]] || ends_fence "$role" "$peer" "$timeline"; then
          FACT[primaries]=$((FACT[primaries] < 2 ? FACT[primaries] + 1 : 2))
          # shellcheck disable=SC2034 # clone.sh expects it
          PRIMARY=$peer PRIMARY_SYSTEM=$system
        else
          lost+=" $PGSTS_NAME-$peer"
        fi
        ;;
      standby)
        FACT[standbys]=yes
        ((timeline <= MY_TIMELINE)) || FACT[higher]=yes ahead+=" $PGSTS_NAME-$peer (timeline $timeline)"
        ;;
      starting) FACT[starting]=yes ;;
      refusing | plain) FACT[refusing]=yes refusing+=" $PGSTS_NAME-$peer" ;;
    esac
    [[ $system != - ]] || continue
    [[ ${known:-$system} == "$system" ]] || FACT[foreign]=yes
    known=$system
  done
  [[ ! $ahead ]] || PEER_PROBLEM="ahead:$ahead"
  [[ ! $lost ]] || PEER_PROBLEM+="${PEER_PROBLEM:+; }fenced off from:$lost"
  [[ ! $refusing ]] || PEER_PROBLEM+="${PEER_PROBLEM:+; }refusing:$refusing"
  [[ -e $PASSFILE ]] || PEER_PROBLEM+="${PEER_PROBLEM:+; }$PROBLEM"
}

# find_offer: the pod that was the primary last may have stepped down for this one (hand-over.sh), which has no copy to claim the right with: it is taken for
# the primary, where every other pod answers as a standby and has nothing but what is in the history of that one. An empty volume does not tell what has
# been written here, which proves enough with synchronous replication only: what was confirmed here would be on another pod, too.
find_offer() {
  local peer role timeline position history newest=$MY_TIMELINE source=''
  [[ ! $NOTE && ${FACT[volume]}${QUORUM:-0} != empty0 ]] || return 0
  ! read_note superseded || ((NOTE_TIMELINE <= newest)) || newest=$NOTE_TIMELINE
  for peer in "${PEERS[@]}"; do
    read -r role _ timeline _ <<<"${ANSWER[$peer]}"
    [[ $role == standby ]] || return 0
    ((timeline <= newest)) || newest=$timeline
  done
  for peer in "${PEERS[@]}"; do
    [[ $(offers "$peer") != "offered $newest" ]] || source+="$peer"
  done
  # two of them are for a person
  [[ $source == [0-9] ]] || return 0
  PRIMARY=$source
  history=$(history_of "$newest") || { PRIMARY='' && return 0; }
  read -r _ PRIMARY_SYSTEM _ position <<<"${ANSWER[$source]}"
  history=$'\n'$history$'\n'"$newest $position"
  for peer in "${PEERS[@]}"; do
    [[ $peer == "$source" ]] || is_in_history "$peer" "$source" "$newest" "$history" || { PRIMARY='' && return 0; }
  done
  PRIMARY=$source FACT[primaries]=1
}
