# shellcheck shell=bash
# commits.sh: whether transactions of a primary that waits for replicas can end. Sourced by agent.sh.

COMMITS_AT=0

# tend_commits: looks every 5 s, and only where the topology asks for synchronous replicas. The primary stays ready: what it has can be read.
tend_commits() {
  local said streaming overruled told='' reason=''
  ((UPTIME >= COMMITS_AT)) || return 0
  COMMITS_AT=$((UPTIME + 5))
  if ((QUORUM)); then
    said=$(our_psql -At -F ' ' <<'SQL'
SELECT (SELECT count(*) FROM pg_catalog.pg_stat_replication WHERE sync_state IN ('sync', 'quorum') AND state = 'streaming'),
       coalesce(sourcefile, '') LIKE '%/postgresql.auto.conf' FROM pg_catalog.pg_settings WHERE name = 'synchronous_standby_names';
SQL
    ) || return 0
    read -r streaming overruled <<<"$said"
    [[ $overruled != t ]] || rule_again
    ((streaming >= QUORUM)) ||
      reason="commits-wait: a transaction is confirmed when $QUORUM of the replicas have it, and $streaming of them stream: nothing is confirmed until more do"
  fi
  { read -r told <"$COMMITS_FILE" || true; } 2>/dev/null
  [[ $reason != "$told" ]] || return 0
  if [[ $reason ]]; then replace "$COMMITS_FILE" "$reason"$'\n'; else rm -f "$COMMITS_FILE"; fi
  log "${reason:-transactions are confirmed again: enough replicas stream}"
}

# rule_again: ALTER SYSTEM stands above the mounted files. By it somebody would have transactions confirmed that a failover then loses.
rule_again() {
  our_psql <<<'ALTER SYSTEM RESET synchronous_standby_names; SELECT pg_catalog.pg_reload_conf();' >/dev/null &&
    log 'takes synchronous_standby_names out of ALTER SYSTEM: replication in the program says how many replicas confirm'
}
