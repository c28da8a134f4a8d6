#!/usr/bin/env bash
# copy.sh: copies one database from an old pod into the empty one that the program has declared, whatever the major versions, the
# C libraries and the users are. One transaction: a copy that ends early leaves nothing, and is simply made again.
# usage: copy.sh NAMESPACE OLD-POD OLD-SUPERUSER NEW-POD DATABASE OWNER
# Needs kubectl and bash. Exit status: 0 copied, and every table has as many rows as before; 1 refused or failed.
set -euo pipefail

main() {
  NAMESPACE=$1 OLD=$2 SUPERUSER=$3 NEW=$4 DATABASE=$5 OWNER=$6
  local tables
  tables=$(new psql "${QUIET[@]}" -U postgres -d "$DATABASE" -c "$TABLES")
  [[ -z $tables ]] || fail "the database $DATABASE of $NEW is not empty: ${tables//$'\n'/, }"
  step 'ends the sessions of the old database and lets nobody write'
  old psql "${QUIET[@]}" -U "$SUPERUSER" -d postgres -v database="$DATABASE" <<<"$READ_ONLY" >/dev/null
  step 'copies'
  old pg_dump -U "$SUPERUSER" -d "$DATABASE" --format=custom --no-owner --no-privileges |
    new pg_restore -U postgres -d "$DATABASE" --no-owner --no-privileges --role="$OWNER" --single-transaction --exit-on-error
  step 'counts'
  compare
  new psql "${QUIET[@]}" -U postgres -d "$DATABASE" -c ANALYZE
  step 'every table has as many rows as before'
}

readonly QUIET=(-X -A -t -q -v ON_ERROR_STOP=1)
readonly TABLES="SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname !~ '^pg_' AND schemaname <> 'information_schema' ORDER BY 1"
readonly COUNTS="SELECT format('SELECT %L, count(*) FROM %I.%I', schemaname || '.' || tablename, schemaname, tablename) FROM pg_tables
 WHERE schemaname !~ '^pg_' AND schemaname <> 'information_schema' ORDER BY schemaname, tablename \gexec"
readonly READ_ONLY="ALTER DATABASE :\"database\" SET default_transaction_read_only = on;
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :'database';"

step() { printf 'copy: %s\n' "$1"; }

fail() {
  printf 'copy: %s\n' "$1" >&2
  exit 1
}

old() { kubectl --namespace "$NAMESPACE" exec -i "$OLD" -- "$@"; }
new() { kubectl --namespace "$NAMESPACE" exec -i "$NEW" --container postgres -- "$@"; }

compare() {
  local before after
  before=$(old psql "${QUIET[@]}" -U "$SUPERUSER" -d "$DATABASE" <<<"$COUNTS")
  after=$(new psql "${QUIET[@]}" -U postgres -d "$DATABASE" <<<"$COUNTS")
  [[ $before == "$after" ]] || fail "the counts differ; before: ${before//$'\n'/, }; after: ${after//$'\n'/, }"
}

(($# == 6)) || { printf 'usage: %s NAMESPACE OLD-POD OLD-SUPERUSER NEW-POD DATABASE OWNER\n' "$0" >&2 && exit 1; }
main "$@"
exit
