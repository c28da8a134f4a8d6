# shellcheck shell=bash
# identity.sh: what the volume remembers of its database: name, system identifier, C library, and where it came from. Sourced by prepare.sh.
# Reads PGDATA.

readonly IDENTITY_FILE=$VOLUME/cdk8s-postgres.identity
declare -gA IDENTITY=()

# read_identity: fills IDENTITY from the volume; nothing is remembered of a database that was put there by hand.
read_identity() {
  local key value
  IDENTITY=()
  [[ -e $IDENTITY_FILE ]] || return 0
  while IFS='=' read -r key value; do
    [[ -z $key ]] || IDENTITY[$key]=$value
  done <"$IDENTITY_FILE"
}

# write_identity FILE NAME SYSTEM_IDENTIFIER LIBC ORIGIN: replaces the file as a whole; a crash leaves the old one or the new one. The
# origin is `initdb`, `adopted`, `clone` (it follows a primary) or `promoted` (it may have become one).
write_identity() {
  # a full volume leaves the old one
  printf 'name=%s\nsystem_identifier=%s\nlibc=%s\norigin=%s\n' "$2" "$3" "$4" "$5" >"$1.new" &&
    durable "$1.new" &&
    mv -f "$1.new" "$1" &&
    durable "$1"
}

# note_origin ORIGIN: where it is another one than is remembered.
note_origin() {
  read_identity
  [[ ${IDENTITY[name]:-} ]] || return 1
  [[ ${IDENTITY[origin]:-} == "$1" ]] ||
    write_identity "$IDENTITY_FILE" "${IDENTITY[name]}" "${IDENTITY[system_identifier]}" "${IDENTITY[libc]}" "$1"
}

# control_value LABEL DIRECTORY: one line of what pg_controldata says.
control_value() {
  local line
  while read -r line; do
    [[ $line == "$1:"* ]] || continue
    line=${line#*:}
    printf '%s' "${line#"${line%%[! ]*}"}"
    return
  done <<<"$(LC_ALL=C pg_controldata "$2")"
  return 1
}

# libc_lineage: the C library by whose sort order indexes on text are built, such as glibc-2.36 or musl-1.2. The library
# that this shell itself has loaded says its version when it is run, which needs neither getconf nor ldd.
libc_lineage() {
  local line file=''
  while read -r line; do
    case $line in */ld-musl-* | */libc.so.6 | */libc-2.*.so) file=/${line#*/} ;; esac
  done </proc/self/maps
  [[ $file ]] || return 0
  while read -r line; do
    if [[ $line =~ ^GNU\ C\ Library.*version\ ([0-9]+\.[0-9]+) ]]; then
      printf 'glibc-%s' "${BASH_REMATCH[1]}"
    elif [[ $line =~ ^Version\ ([0-9]+\.[0-9]+) ]]; then
      printf 'musl-%s' "${BASH_REMATCH[1]}"
    fi
  done < <("$file" 2>&1)
}
