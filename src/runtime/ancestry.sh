# shellcheck shell=bash
# shellcheck disable=SC2034,SC2153 # whoever compares sets and uses them
# ancestry.sh: where two copies part. Numbers of timelines do not tell: of two pods that were promoted while neither knew of the other, both take
# the next one. Where each timeline began does, and with what. Sourced by prepare.sh, agent.sh and switchover.sh. Reads PGDATA; peers.sh asks.

FORK=-1 NAMESAKE='' HISTORY=''
# In the data directory: with what the timelines there began. pg_basebackup passes over files with that name; behind a rewind, rejoin.sh removes it.
readonly BEGUN=pgsql_tmp.cdk8s-postgres.begun

# find_fork TIMELINE POSITION: sets HISTORY to that of PRIMARY, which has got there, as lines of a timeline and its end, and FORK to where it leaves
# MY_TIMELINE; -1 where it never was on mine.
# NAMESAKE: it was on another one with that number, or with one that this copy has begun to follow; then nothing here may be rewound, since
# pg_rewind takes two timelines with one number for the same. Fails where that pod does not tell.
find_fork() {
  local file number before status
  FORK=-1 NAMESAKE=''
  HISTORY=$'\n'$(history_of "$1") || return
  # its last timeline goes on
  HISTORY+=$'\n'"$1 $2"
  if [[ $HISTORY =~ $'\n'$MY_TIMELINE\ ([0-9A-F/]+) ]]; then
    to_number "${BASH_REMATCH[1]}"
    FORK=$REPLY
  fi
  for file in "$PGDATA"/pg_wal/????????.history; do
    [[ $file =~ /([0-9A-F]{8})\.history$ ]] || continue
    number=$((16#${BASH_REMATCH[1]}))
    ((number >= MY_TIMELINE)) && [[ $HISTORY == *$'\n'"$number "* ]] || continue
    before=${HISTORY%%$'\n'"$number "*}
    status=0
    { [[ $'\n'$(timelines <"$file") == "$before" ]] && begins_alike "$number" "${before##* }"; } || status=$?
    ((status < 2)) || return
    ((status == 0)) || FORK=-1 NAMESAKE=1
  done
  # without that file nobody can tell
  ((MY_TIMELINE == 1)) || [[ -e $PGDATA/pg_wal/$(printf %08X "$MY_TIMELINE").history ]] || FORK=-1 NAMESAKE=1
}

# history_of TIMELINE: prints the timelines before that one, as PRIMARY has it. The first has no history.
history_of() {
  local said
  (($1 > 1)) || return 0
  said=$(ask_walsender "$PRIMARY" "TIMELINE_HISTORY $1") && [[ $said == *.history\|* ]] || return
  timelines <<<"${said#*.history|}"
}

# timelines: prints each line of a history on standard input as the number of a timeline and where that ended.
timelines() {
  local number point
  while read -r number point _; do [[ ! $number =~ ^[0-9]+$ ]] || printf '%s %s\n' "$number" "$point"; done
}

# begins_alike TIMELINE POSITION: whether that timeline, which began there, begins on this volume with the same record as on PRIMARY, as far as both have it;
# 2 where that pod does not tell.
begins_alike() {
  local file offset here there header
  there=$(first_record "$PRIMARY" "$1" "$2") && read -r file offset there <<<"$there" || return 2
  here=$(bytes_at "$PGDATA/pg_wal/$file" "$offset") || return 2
  # and what was there before anything was received from a pod that had not been compared
  [[ ! -e $PGDATA/$BEGUN ]] || here+=$'\n'$(sed -n "s/^$1 //p" "$PGDATA/$BEGUN")
  while read -r header; do is_same_record "${header:0:${#there}}" "$there" || return 1; done <<<"$here"
}

# note_first_records: keeps what begins_alike goes by where a server is told to follow a pod that is no primary yet: what it receives is written over
# it, from the beginning of the file on.
note_first_records() {
  local file number position bytes size before known=''
  [[ ! -e $PGDATA/$BEGUN ]] || known=$(<"$PGDATA/$BEGUN")
  before=$known
  # of one without peers it was not read yet
  read_control "$PGDATA"
  size=${CONTROL[Bytes per WAL segment]}
  for file in "$PGDATA"/pg_wal/????????.history; do
    [[ $file =~ /([0-9A-F]{8})\.history$ ]] || continue
    number=$((16#${BASH_REMATCH[1]}))
    ((number >= MY_TIMELINE)) && [[ $'\n'$known != *$'\n'"$number "* ]] || continue
    position=$(timelines <"$file")
    to_number "${position##* }"
    bytes=$(bytes_at "$PGDATA/pg_wal/$(segment_of "$number" "$REPLY")" $((REPLY % size)))
    [[ $bytes =~ ^0*$ ]] || known+=${known:+$'\n'}"$number $bytes"
  done
  [[ $known != "$before" ]] || return 0
  # what was noted earlier may be nowhere else
  printf '%s\n' "$known" >"$PGDATA/$BEGUN.new" && durable "$PGDATA/$BEGUN.new" && mv -f "$PGDATA/$BEGUN.new" "$PGDATA/$BEGUN" && durable "$PGDATA"
}

# bytes_at FILE OFFSET: prints as many bytes as first_record, at most, in hexadecimal digits; nothing where there is no such file.
bytes_at() {
  local bytes=''
  [[ ! -e $1 ]] || bytes=$(od -An -v -tx1 -j "$2" -N 64 "$1") || return
  printf '%s' "${bytes//[[:space:]]/}"
}

# first_record ORDINAL TIMELINE POSITION: prints in which file, and where in it, the first record of that timeline is, which began there, and its header in hexadecimal
# digits, as that pod has it. That record is about the promotion and has the time of it, so that no other has the checksum with which its header ends.
first_record() {
  local low=$((16#${3#*/}))
  ask_sql_as_walsender "$1" -F ' ' -v begin="$(printf '%08X%08X' "$2" $((16#${3%/*})))" -v low="$low" <<'SQL'
WITH wal AS (SELECT setting::bigint AS size, pg_catalog.current_setting('wal_block_size')::bigint AS page FROM pg_catalog.pg_settings WHERE name = 'wal_segment_size'),
     -- with the header of the page that is in front of it, or within; that of the first one in a file is longer
     header AS (SELECT :'begin' || pg_catalog.lpad(pg_catalog.upper(pg_catalog.to_hex(:low / size)), 8, '0') AS file, :low % size AS start,
                       CASE WHEN :low % size = 0 THEN 64 WHEN :low % page = 0 OR page - :low % page < 24 THEN 48 ELSE 24 END AS length FROM wal)
SELECT file, start, pg_catalog.encode(pg_catalog.pg_read_binary_file('pg_wal/' || file, start, length, true), 'hex') FROM header;
SQL
}

# is_same_record ONE OTHER: one without its checksum was not written yet; one that is not there any more cannot tell.
is_same_record() {
  [[ ! $1 || ! $2 || $1 == *00000000 || $2 == *00000000 || $1 == "$2" ]]
}

# is_in_history ORDINAL SOURCE TIMELINE HISTORY: whether all that this standby has on its volume is in that history, which SOURCE has and which ends on that
# timeline. What it has replayed by now may be less.
is_in_history() {
  local timeline position highest end before here there
  read -r _ _ timeline position <<<"${ANSWER[$1]}"
  highest=$(ask_sql "$1" <<<"SELECT max(pg_catalog.substr(name, 1, 8)) FROM pg_catalog.pg_ls_waldir() WHERE name ~ '^[0-9A-F]{8}([0-9A-F]{16}|[.]history)$';") &&
    [[ $highest =~ ^[0-9A-F]{8}$ ]] && ((16#$highest <= $3)) || return 1
  [[ $4 =~ $'\n'$timeline\ ([0-9A-F/]+) ]] || return 1
  to_number "${BASH_REMATCH[1]}"
  end=$REPLY
  to_number "$position"
  PRIMARY=$1
  before=${4%%$'\n'"$timeline "*}
  ((REPLY <= end)) && [[ $'\n'$(history_of "$timeline") == "$before" ]] || return 1
  ((timeline > 1)) || return 0
  here=$(first_record "$1" "$timeline" "${before##* }") && there=$(first_record "$2" "$timeline" "${before##* }") && is_same_record "${here##* }" "${there##* }"
}
