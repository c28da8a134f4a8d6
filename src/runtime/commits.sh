# shellcheck shell=bash
# commits.sh: whether transactions of a primary that waits for replicas can end. Sourced by agent.sh.

COMMITS_AT=0

# tend_commits: looks every 5 s, and only where the topology asks for synchronous replicas. The primary stays ready: what it has can be read.
tend_commits() {
  local streaming told='' reason=''
  ((UPTIME >= COMMITS_AT)) || return 0
  COMMITS_AT=$((UPTIME + 5))
  if ((QUORUM)); then
    streaming=$(our_psql -At <<'SQL'
SELECT count(*) FROM pg_catalog.pg_stat_replication WHERE sync_state IN ('sync', 'quorum') AND state = 'streaming';
SQL
    ) || return 0
    ((streaming >= QUORUM)) ||
      reason="commits-wait: a transaction is confirmed when $QUORUM of the replicas have it, and $streaming of them stream: nothing is confirmed until more do"
  fi
  { read -r told <"$COMMITS_FILE" || true; } 2>/dev/null
  [[ $reason != "$told" ]] || return 0
  if [[ $reason ]]; then replace "$COMMITS_FILE" "$reason"$'\n'; else rm -f "$COMMITS_FILE"; fi
  log "${reason:-transactions are confirmed again: enough replicas stream}"
}
