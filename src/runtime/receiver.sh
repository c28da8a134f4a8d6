# shellcheck shell=bash
# receiver.sh: the process of a standby that brings the WAL in. Sourced by agent.sh.

STRAY=''

# ask_receiver: prints its status, what is replayed and how much is not, whether this is a standby, how many slots it has that nobody uses, and the
# receiver's process and whom it is connected to.
ask_receiver() {
  our_session timeout 5 "${PSQL[@]}" -At <<'SQL'
SELECT coalesce(r.status, ''), pg_catalog.pg_last_wal_replay_lsn(),
       greatest(pg_catalog.pg_wal_lsn_diff(r.latest_end_lsn, pg_catalog.pg_last_wal_replay_lsn()), 0)::bigint,
       pg_catalog.pg_is_in_recovery(),
       (SELECT count(*) FROM pg_catalog.pg_replication_slots WHERE slot_type = 'physical'
           AND slot_name ~ '^(pod_[0-9]{1,4}|(offered|claimed|ready)_t[0-9]+_(to|by)_[0-9]+)$' AND NOT active),
       r.pid, r.sender_host
  FROM (VALUES (0)) AS one LEFT JOIN pg_catalog.pg_stat_wal_receiver AS r ON true;
SQL
}

# end_stray_receiver PID HOST: one that waits for where to go on while it is told to connect to another pod keeps the connection that it has, and
# receives by way of a pod that nobody chose. Only where that is seen twice, since a change may be under way.
end_stray_receiver() {
  if [[ $2 == "$(host_of "$FOLLOWED")" ]]; then
    STRAY=''
  elif [[ $STRAY != "$1" ]]; then
    STRAY=$1 LOOK_AT=$((UPTIME + 1))
  else
    log "receives from $2, although $(host_of "$FOLLOWED") is followed: the connection is ended"
    kill -TERM "$1" 2>/dev/null || true
    STRAY='' LOOK_AT=$((UPTIME + 1))
  fi
}
