# shellcheck shell=bash
# reload.sh: reloads the configuration of the running server, if the changed files are valid. Sourced by agent.sh.

# What was told of a faulty configuration; the agent empties it when a mounted file has changed.
FAULT=''

# reload_configuration: the server would apply a faulty file in part; it is told and left alone instead, and asked again, since a new
# certificate waits for it as well. Settings that take effect at a restart are no fault (the server marks them), but told.
reload_configuration() {
  local problems pending tls=''
  problems=$(our_psql -At <<'SQL'
SELECT format('%s line %s: %s', coalesce(f.sourcefile, 'postgresql.conf'), f.sourceline, concat_ws(': ', f.name, f.error))
  FROM pg_file_settings f
 WHERE f.error IS NOT NULL
   AND NOT EXISTS (SELECT FROM pg_settings s WHERE s.name = lower(f.name) AND s.context = 'postmaster')
UNION ALL
SELECT format('pg_hba.conf line %s: %s', line_number, error) FROM pg_hba_file_rules WHERE error IS NOT NULL
UNION ALL
SELECT format('pg_ident.conf line %s: %s', line_number, error) FROM pg_ident_file_mappings WHERE error IS NOT NULL;
SQL
  ) || return 1
  if [[ $problems ]]; then
    if [[ $problems != "$FAULT" ]]; then
      log "the changed configuration is faulty and not loaded, the server keeps the one it has: ${problems//$'\n'/; }"
      log "until that is mended, changed access rules and a renewed certificate are not taken over either"
    fi
    FAULT=$problems
    return 1
  fi
  FAULT=''
  pending=$(our_psql -At <<'SQL'
SELECT '' FROM pg_reload_conf();
SELECT '' FROM pg_sleep(0.5);
SELECT string_agg(name, ', ' ORDER BY name) FROM pg_settings WHERE pending_restart;
SQL
  ) || return 1
  pending=${pending//$'\n'/}
  # The server asks itself again, and keeps what it has.
  [[ ! -d $TLS ]] || try_tls || { log "$PROBLEM; it keeps the one that it has" && tls=', except the certificate told above'; }
  log "reloaded the configuration$tls${pending:+; these settings wait for a restart: $pending}"
}
