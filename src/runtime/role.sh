# shellcheck shell=bash
# role.sh: what a pod does before every start of its server. Sourced by prepare.sh. The table of docs/architecture.md is this
# function: a test runs every combination of facts through both.

# decide: a pure function of the array FACT, which facts.sh fills; sets ACTION, REASON and SENTENCE. The first that holds decides.
decide() {
  if [[ ${FACT[foreign]} == yes ]]; then
    decided refuse other-system 'a peer has another system identifier, so it is another database'
  elif [[ ${FACT[primaries]} == 2 ]]; then
    decided refuse two-primaries 'more than one peer is a primary'
  elif [[ ${FACT[volume]} == broken ]]; then
    decided refuse no-database "$PGDATA holds no complete database; it is left alone"
  elif [[ ${FACT[primaries]} == 1 ]]; then
    decide_beside_primary
  elif [[ ${FACT[volume]} == interrupted ]]; then
    decided wait unfinished-rejoin 'the rejoining of this copy was interrupted, and it waits for the primary to be copied anew'
  elif [[ ${FACT[volume]} == standby ]]; then
    decided start-standby alone 'it follows the primary when that comes'
  elif [[ ${FACT[declared]} == me ]]; then
    decide_declared
  else
    decide_undeclared
  fi
}

# decide_beside_primary: one peer is the primary.
decide_beside_primary() {
  case ${FACT[volume]} in
    empty) decided clone no-copy 'this volume has no copy yet' && return ;;
    interrupted) decided clone unfinished-rejoin 'the rejoining of this copy was interrupted' && return ;;
  esac
  if [[ ${FACT[timeline]} == newer ]]; then
    decided refuse stale-primary 'the primary is on an older timeline than this copy, so it lacks what this one has'
  elif [[ ${FACT[volume]}${FACT[timeline]} == primarysame || ${FACT[forked]} == yes ]]; then
    decide_diverged
  elif [[ ${FACT[wal]} == gone ]]; then
    decided clone wal-gone 'the primary no longer has the WAL that this copy needs next'
  else
    decided start-standby follow 'it follows the primary'
  fi
}

# decide_diverged: this copy has what the primary lacks. On one timeline a rewind sees no difference.
decide_diverged() {
  if [[ ${FACT[divergence]} == halt ]]; then
    decided refuse diverged 'this copy has WAL that is not in the history of the primary, and the declared answer to that is to halt'
  elif [[ ${FACT[divergence]} == rewind && ${FACT[timeline]} == older && ${FACT[wal]} == kept ]]; then
    decided rejoin diverged 'this copy has WAL that is not in the history of the primary'
  else
    decided clone diverged 'this copy has WAL that is not in the history of the primary, and cannot or shall not be rewound'
  fi
}

# decide_declared: no primary is to be seen, and this pod is declared to be the one.
decide_declared() {
  case ${FACT[volume]}-${FACT[refusing]}-${FACT[standbys]}-${FACT[starting]}-${FACT[initialise]}-${FACT[waited]} in
    empty-yes-*) decided refuse peer-unknown 'a peer is alive and refuses our password or certificate: it may have the data that this volume lacks' ;;
    empty-*-yes-*-*-*) decided refuse lost-primary 'this volume is empty, and a peer has the data: nothing is initialised over it' ;;
    empty-*-*-yes-*-*) decided wait peer-starting 'a peer has a database and is starting' ;;
    empty-*-*-*-no-*) decided refuse initialisation-refused 'this volume is empty, and the prop emptyVolume says REFUSE' volume ;;
    empty-*-*-*-*-no) decided wait peers-silent 'no peer answers; the database is initialised when that stays so' ;;
    empty-*) decided initialise first-start 'no peer has a database' ;;
    primary-*) decide_declared_with_data ;;
  esac
}

decide_declared_with_data() {
  if [[ ${FACT[higher]} == yes ]]; then
    decided refuse superseded 'a peer is on a newer timeline, so another pod has been primary since'
  elif [[ ${FACT[refusing]}${FACT[waited]} == yesno ]]; then
    # One that is a primary takes over the Secret's password within a minute or two; a standby cannot without us.
    decided wait peer-unknown 'a peer is alive and refuses our password or certificate: it may be the primary'
  elif [[ ${FACT[starting]}${FACT[waited]} == yesno ]]; then
    decided wait peer-starting 'a peer is starting and may be the primary'
  else
    decided start-primary declared 'it is the declared primary, and no peer is one'
  fi
}

# decide_undeclared: no primary is to be seen, and another pod is declared to be the one.
decide_undeclared() {
  if [[ ${FACT[volume]} == empty ]]; then
    decided wait no-primary 'this volume is empty, and no peer says that it is the primary'
  elif [[ ${FACT[origin]} == clone ]]; then
    decided wait no-primary 'this copy was opened for writing though it was never promoted, and no peer says that it is the primary'
  else
    decided start-standby demoted 'another pod is the declared primary, so this one writes no more'
  fi
}

# decided ACTION REASON SENTENCE [RUNBOOK]
decided() { ACTION=$1 REASON=$2 SENTENCE=$3 RUNBOOK=${4:-replicas}; }

# settle_role [fill]: looks, decides and acts until the server may be started, as what ROLE says; with `fill`, until the volume has something.
settle_role() {
  until [[ ${1:-} ]] && ! is_empty "$PGDATA"; do
    STEP='finding the role'
    look
    decide
    case $ACTION in
      initialise)
        guard_first_start
        initialise
        ;;
      clone | rejoin)
        log "$ACTION: $REASON: $SENTENCE"
        "$ACTION"
        ;;
      start-primary) ROLE=primary && return ;;
      start-standby) ROLE=standby && return ;;
      wait) wait_for "$REASON: $SENTENCE${PEER_PROBLEM:+; $PEER_PROBLEM}" ;;
      refuse)
        # A volume that knows another database has more to say.
        [[ $REASON != initialisation-refused ]] || guard_volume
        [[ $REASON != stale-primary ]] || tell_stale_primary
        refuse "$REASON" "$RUNBOOK" "$SENTENCE${PEER_PROBLEM:+; $PEER_PROBLEM}"
        ;;
    esac
  done
}

# tell_stale_primary: nobody else may know that it is one. A copy that was promoted by mistake must not stop it, though.
tell_stale_primary() {
  if [[ ${FACT[declared]} == me || ${IDENTITY[origin]:-} == promoted ]]; then tell_superseded "$PRIMARY" "$MY_TIMELINE" || true; fi
}

# wait_for REASON: nothing is wrong; this run ends, and the supervisor asks again.
wait_for() {
  set_state waiting "$1"
  exit "$REFUSED"
}
