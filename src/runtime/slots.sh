# shellcheck shell=bash
# slots.sh: replication slots that nobody uses would hold WAL back until their limit: on a primary those of pods that are gone, each replica
# makes its own; on a standby those that it had or was to have as the primary. Sourced by agent.sh.

IDLE_SLOTS='' SLOTS_AT=0

# tend_primary: looks after the start, when the topology changes and every 10 minutes; every minute while there are slots of pods beyond
# the declared number. One goes when two looks in a row found it unused.
tend_primary() {
  local found name active idle=''
  tend_commits
  ((UPTIME >= SLOTS_AT)) || return 0
  SLOTS_AT=$((UPTIME + 600))
  read_topology
  found=$(our_psql -At -v instances="$INSTANCES" <<'SQL'
SELECT slot_name, active FROM pg_catalog.pg_replication_slots
 WHERE slot_type = 'physical' AND slot_name ~ '^pod_[0-9]{1,4}$' AND pg_catalog.substr(slot_name, 5)::int >= :instances;
SQL
  ) || return 0
  while IFS='|' read -r name active; do
    [[ $name ]] || continue
    SLOTS_AT=$((UPTIME + 60))
    [[ $active == f ]] || continue
    if [[ " $IDLE_SLOTS " == *" $name "* ]]; then drop_slot "$name"; else idle+=" $name"; fi
  done <<<"$found"
  IDLE_SLOTS=$idle
}

drop_slot() {
  our_psql -v slot="$1" >/dev/null <<'SQL' || return 0
SELECT pg_catalog.pg_drop_replication_slot(slot_name) FROM pg_catalog.pg_replication_slots WHERE slot_name = :'slot' AND NOT active;
SQL
  log "dropped the replication slot $1: its pod is gone, and $INSTANCES instances are declared"
}

# drop_own_slots: of a standby that is not about to be the primary.
drop_own_slots() {
  our_psql >/dev/null <<'SQL' || return 0
SELECT pg_catalog.pg_drop_replication_slot(slot_name) FROM pg_catalog.pg_replication_slots
 WHERE slot_type = 'physical' AND slot_name ~ '^(pod_[0-9]{1,4}|(offered|claimed|ready)_t[0-9]+_(to|by)_[0-9]+)$' AND NOT active AND pg_catalog.pg_is_in_recovery();
SQL
  log 'dropped the replication slots that this standby has as a former primary, or as one that was to be it'
}
