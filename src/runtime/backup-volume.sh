#!/usr/bin/env bash
#
# The backup claim: one run at a time, leftovers of dead runs, free space, and the step that makes a directory a backup.
# Sourced by backup.sh.

# The kernel drops the lock with its last holder. The children of this run inherit it on purpose: should one outlive
# a killed script, the next run must not remove the directory that it still writes.
lock_volume() {
  local holder='' status=0
  mkdir -p "$directory" ||
    fail "$directory cannot be made; check that the backup claim is mounted there and that this user may write to it"
  exec {lock}<>"$directory/.lock" ||
    fail "$directory/.lock cannot be opened; check that this user may write to the backup claim"
  flock -n "$lock" || status=$?
  if ((status == 1)); then
    read -r holder <"$directory/.lock" || true
    [[ -n $holder ]] || fail 'a restore reads this claim; wait for its end and start this backup again'
    fail "another backup runs on this claim ($holder); wait for its end and start this one again"
  fi
  ((status == 0)) || fail "$directory/.lock cannot be locked; give the backup claim a storage class with file locks"
  holding=yes
  printf '%s since %(%Y-%m-%dT%H:%M:%SZ)T\n' "${HOSTNAME:-unknown}" -1 >"$directory/.lock" ||
    fail "the backup claim cannot be written; if it is full, delete an old backup or make it larger"
}

# Only the lock's holder may do this. Nothing else on the claim is ever deleted, whatever its name.
remove_leftovers() {
  local leftover
  for leftover in "$directory"/.partial-* "$directory"/.deleting-* "$directory"/.latest-*; do
    [[ ${leftover##*/} =~ ^\.(partial-$timestamp_pattern-[0-9]+|(deleting|latest)-$timestamp_pattern)$ ]] || continue
    log "removing ${leftover##*/}, left by a run that did not end"
    run rm -rf "$leftover" || fail "$leftover cannot be removed; remove it by hand"
  done
}

# free_bytes: sets REPLY; fails where the volume cannot be asked. A file system that counts no blocks has room for everything.
free_bytes() {
  local all free size
  read -r all free size < <(stat -f -c '%b %a %S' "$directory") && [[ $all$free$size =~ ^[0-9]+$ ]] || return 1
  REPLY=$((all ? free * size : 2 ** 62))
}

# What the last good backup took and a fifth more, and everything that the databases grew by since then. Without a
# backup to learn from that is the databases' whole size, in most cases several times what a compressed dump takes.
check_free_space() {
  local last last_size=0 last_databases=0 need growth
  if ((${#good[@]} > 0)); then
    last=${good[0]}
    number_in_record "$last" sizeBytes && last_size=$REPLY
    number_in_record "$last" databaseBytes && last_databases=$REPLY
  fi
  growth=$((database_bytes > last_databases ? database_bytes - last_databases : 0))
  need=$((last_size * 12 / 10 + growth))
  free_bytes || fail "the free space of $directory cannot be read; check the volume of the backup claim"
  ((REPLY >= need)) ||
    fail "the backup claim has $REPLY bytes free and this backup may need $need; make the claim larger or delete an old" \
      "backup (${#good[@]} are good); none was deleted"
  log "$REPLY bytes free, this backup may need $need"
}

# is_full: whether a failure just now is one of space.
is_full() { free_bytes && ((REPLY < 8 * 1024 * 1024)); }

# A second can see two runs, and deleting frees a name: the name also comes after each that is at most a minute ahead, so that
# the order of the names is that of the runs. What is further ahead was made by another clock.
begin_backup() {
  local second soon
  now
  started=$REPLY second=$REPLY
  printf -v soon '%(%Y%m%dT%H%M%SZ)T' $((started + 60))
  while printf -v backup '%(%Y%m%dT%H%M%SZ)T' "$second" && is_taken "$soon"; do
    second=$((second + 1))
  done
  partial=$directory/.partial-$backup-$RANDOM$RANDOM
  mkdir "$partial" || fail "$partial cannot be made; if the backup claim is full, delete an old backup or make it larger"
}

is_taken() {
  local timestamp
  [[ ! -e $directory/$backup ]] || return 0
  for timestamp in "${good[@]}"; do
    if [[ $timestamp > $backup && ! $timestamp > $1 ]]; then return 0; fi
  done
  return 1
}

# Everything durable first (pg_dump has seen to its own files), then the name; a crash in between leaves a leftover, never half a backup.
publish_backup() {
  run sync "$partial"/* "$partial" ||
    fail "the backup could not be written to the disk; check the volume of the backup claim"
  run mv -T "$partial" "$directory/$backup" || fail "$partial cannot be renamed; check the volume of the backup claim"
  partial=''
  if ! ln -s "$backup" "$directory/.latest-$backup" || ! mv -T "$directory/.latest-$backup" "$directory/latest"; then
    fail "backup $backup is complete, but the link \`latest\` could not be set; check $directory"
  fi
  run sync "$directory" || fail "the name of the backup could not be written to the disk; check the backup claim"
}
