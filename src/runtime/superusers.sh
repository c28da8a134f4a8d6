# shellcheck shell=bash
# superusers.sh: names the superusers whom the network lets in. Sourced by agent.sh after declared.sh.

SUPERUSERS=''

# tell_superusers: pg_hba.conf keeps `postgres` out by its name. Another superuser, which an old image or a restored database brought along,
# comes in like any role, with its password. The restores' one is opened by the Secret only. Told once for as long as it is so.
tell_superusers() {
  local names ours
  ours=$(is_ours restore) || return 1
  names=$(our_psql -At -v ours="$ours" <<'SQL'
SELECT string_agg(format('%I', rolname), ', ' ORDER BY rolname) FROM pg_authid
 WHERE rolsuper AND rolcanlogin AND rolname <> 'postgres' AND rolpassword IS NOT NULL
   AND (rolvaliduntil IS NULL OR rolvaliduntil > now())
   AND NOT (rolname = 'restore' AND :'ours' = 't');
SQL
  ) || return 1
  [[ -z $names || $names == "$SUPERUSERS" ]] ||
    log "these roles are superusers and can log in over the network, unlike postgres: $names; docs/runbooks/roles.md tells how to take that away"
  SUPERUSERS=$names
}
