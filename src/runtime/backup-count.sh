#!/usr/bin/env bash
#
# What a dump holds, read to its end: tables that end as COPY ends them, rows, large objects. The backup records these
# numbers, the restore compares them. Sourced by backup.sh.

# A name may hold a line break, so the line that begins a table may be several; within rows a line break is written as `\n`.
# The loops of awk run over every row: nothing in them starts a program.
# shellcheck disable=SC2016 # awk's own $
readonly counting_program='
  inside { if ($0 == "\\.") { inside = 0; tables++ } else rows++; next }
  begun != "" { begun = begun $0; if (complete(begun)) { inside = 1; begun = "" }; next }
  /^COPY / { if (complete($0)) inside = 1; else begun = $0; next }
  /^SELECT pg_catalog.lo_open\(/ { objects++ }
  function complete(text) { return text ~ / FROM stdin;$/ && gsub(/"/, "", text) % 2 == 0 }
  END { printf "%d %d %d\n", tables, rows, objects }'

# count_contents <directory of a dump>: counted_tables, counted_rows and counted_objects. pg_restore alone takes a zstd or
# lz4 file that was cut off for a complete one (its status is 0); the line that ends the rows is then missing.
count_contents() {
  local status=0 contents counter
  exec {contents}> >(exec awk "$counting_program" >"$PRIVATE/backup-answer")
  counter=$!
  run pg_restore --data-only --file=- "$1" >&"$contents" || status=$?
  exec {contents}>&-
  wait "$counter" || status=$?
  read -r counted_tables counted_rows counted_objects <"$PRIVATE/backup-answer" || status=1
  return "$status"
}
