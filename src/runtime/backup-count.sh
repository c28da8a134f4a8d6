#!/usr/bin/env bash
#
# What a dump holds, read to its end: tables that end as COPY ends them, rows, large objects. The backup records these
# numbers, the restore compares them. Sourced by backup.sh.

# A name may hold a line break and whatever a line may begin with, so what a line says counts where a statement begins, and a statement
# ends with a semicolon outside quotes. Within rows a line break is written as `\n`. Nothing in the loops, which see every row, starts a
# program; the bytes of large objects, one line each, are not looked at.
# shellcheck disable=SC2016 # awk's own $
readonly counting_program='
  inside { if ($0 == "\\.") { inside = 0; tables++ } else rows++; next }
  !begun && ($0 == "" || /^(--|\\|SELECT pg_catalog\.lowrite\()/) { next }
  !begun { begun = 1; copy = /^COPY /; object = /^SELECT pg_catalog\.lo_open\(/ }
  { scan($0) }
  open == "" && /;$/ { begun = 0; inside = copy; objects += object }
  function scan(rest, at) {
    for (;;) {
      at = open == "" ? match(rest, /[\047"]/) : index(rest, open)
      if (!at) return
      open = open == "" ? substr(rest, at, 1) : ""
      rest = substr(rest, at + 1)
    }
  }
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
