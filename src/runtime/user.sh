# shellcheck shell=bash
# user.sh: the name of a user whose number the cluster has chosen. Without one initdb, peer authentication and psql fail; the
# container's static environment loads a library that reads the name from files of ours, so that `kubectl exec` has it too.
# Sourced by supervisor.sh and prepare.sh. Reads NSS_WRAPPER_PASSWD, NSS_WRAPPER_GROUP.

# name_user: writes the files; where the image's own names are used, nothing.
name_user() {
  [[ ${NSS_WRAPPER_PASSWD:-} ]] || return 0
  printf 'root:x:0:0:root:/root:/bin/bash\npostgres:x:%s:%s::%s:/bin/bash\n' "$UID" "${GROUPS[0]}" "$VOLUME" >"$NSS_WRAPPER_PASSWD.new"
  printf 'root:x:0:\npostgres:x:%s:\n' "${GROUPS[0]}" >"$NSS_WRAPPER_GROUP.new"
  # A session of `kubectl exec` may be reading the files of an earlier container of this pod.
  mv -f "$NSS_WRAPPER_PASSWD.new" "$NSS_WRAPPER_PASSWD"
  mv -f "$NSS_WRAPPER_GROUP.new" "$NSS_WRAPPER_GROUP"
}

# guard_user: the dynamic linker goes on without a library that it does not find.
guard_user() {
  [[ -z ${NSS_WRAPPER_PASSWD:-} || $(</proc/self/maps) == *libnss_wrapper* ]] ||
    refuse nameless-user platform "the cluster has assigned uid $UID, and the image has no libnss_wrapper.so to give it a name"
}
