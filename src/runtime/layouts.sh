# shellcheck shell=bash
# layouts.sh: where other images and charts put their data directories on a volume, and whose they probably are.
# Sourced by prepare.sh and adopt.sh. Reads PGSTS_MAJOR.

# The volume once more: images before 18 declare a volume of their own at $VOLUME/data, which container runtimes mount over
# what our volume has there. Not mounted where nothing can hide.
readonly SECOND_MOUNT=/var/lib/postgresql-volume

# hidden: whether the folder `data` of the volume is to be seen by the second mount only.
hidden() { [[ -d $SECOND_MOUNT/data && ! $SECOND_MOUNT/data -ef $VOLUME/data ]]; }

# find_directories: sets DIRECTORIES to the volume and its directories down to the third level.
find_directories() {
  DIRECTORIES=("$VOLUME"/ "$VOLUME"/{*/,*/*/,*/*/*/})
  ! hidden || DIRECTORIES+=("$SECOND_MOUNT"/data/{,*/,*/*/})
}

# find_databases: sets DATABASES to those of them that say they are data directories.
find_databases() {
  local file
  DATABASES=()
  find_directories
  for file in "${DIRECTORIES[@]/%/PG_VERSION}"; do
    # nor is one that we kept aside a database that somebody misses
    [[ ! -f $file || $file == */base/*/PG_VERSION || $file == "$PGDATA".diverged-*/PG_VERSION ]] || DATABASES+=("${file%/*}")
  done
}

# major_of DIRECTORY: prints the major version of what is in there; 0 where the file is no version.
major_of() {
  local version=''
  read -r version <"$1/PG_VERSION" || true
  version=${version%%[!0-9]*}
  printf '%s' "${version:-0}"
}

# layout_of DIRECTORY: prints who probably put a database there.
layout_of() {
  case $1 in
    */"$PGSTS_MAJOR"/adopting) printf 'adopt.sh, which has to be run again,' ;;
    "$VOLUME") printf 'the official image before 18, whose volume was the data directory itself,' ;;
    */pgroot/data) printf 'Spilo' ;;
    */userdata) printf "Red Hat's image" ;;
    "$VOLUME"/*/main) printf "Debian's packages" ;;
    */data) if [[ -e $1/postgresql.conf ]]; then printf 'a sub-path of the official image'; else printf "Bitnami's image"; fi ;;
    */pgdata) printf 'an image whose PGDATA was below its volume' ;;
    *) printf 'another image or chart' ;;
  esac
}

# owner_of PATH: prints the number of the user that it belongs to.
owner_of() { stat -c %u "$1"; }
