#!/usr/bin/env bash
# Assembles a container's root file system and becomes its PID 1.
# Runs as root (of a user namespace at least), as PID 1 of fresh PID, mount, IPC and UTS namespaces.
# usage: pod.sh DIRECTORY HOSTNAME COMMAND...
#   DIRECTORY/etc    files for /etc
#   DIRECTORY/plan   lines SOURCE<TAB>TARGET<TAB>ro|rw, parents before children; or tmpfs<TAB>TARGET<TAB>SIZE
#   DIRECTORY/root   an empty directory
#   descriptor 3     is told this process's pid on the machine, then "ready"
# Exit: that of COMMAND; 1 with a message when the root cannot be assembled.
set -euo pipefail

directory=$1 hostname=$2
shift 2
root=$directory/root

# A bind that is to be read-only needs a second call, and inside a user namespace must keep nosuid, nodev and noexec.
bind() {
  local source=$1 target=$2 access=$3 options=remount,bind,ro,nosuid,nodev
  mount --rbind "$source" "$target"
  if [[ $access == ro ]]; then
    mount -o "$options" "$target" 2>/dev/null || mount -o "$options,noexec" "$target"
  fi
}

loopback_up() {
  ip link set lo up 2>/dev/null || busybox ip link set lo up 2>/dev/null || ifconfig lo up 2>/dev/null ||
    python3 -ISc 'import fcntl, socket, struct
fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sH14x", b"lo", 0x1 | 0x40))'
}

make_system() {
  local part
  mount -t tmpfs -o mode=0755,size=16m,nosuid pod "$root"
  mkdir -p "$root"/{.old,.pod,dev,etc,home,mnt,opt,proc,run,root,srv,sys,tmp,usr,var/lib,var/tmp,docker-entrypoint-initdb.d}
  # as in the image, where this link makes /var/run/postgresql the same as /run/postgresql
  ln -s ../run "$root/var/run"
  bind /usr "$root/usr" ro
  mount -t tmpfs -o mode=0755,size=64k,nosuid,nodev local "$root/usr/local"
  mkdir "$root"/usr/local/{bin,lib,sbin}
  for part in /bin /sbin /lib /lib32 /lib64 /libx32; do
    if [[ -L $part ]]; then
      cp -P "$part" "$root$part"
    elif [[ -d $part ]]; then
      mkdir "$root$part"
      bind "$part" "$root$part" ro
    fi
  done
  mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
  mount --rbind /sys "$root/sys"
  mount -o remount,bind,ro,nosuid,nodev,noexec "$root/sys"
}

make_etc() {
  local part
  cp -RP "$directory/etc/." "$root/etc/"
  for part in localtime os-release timezone debian_version ld.so.cache; do
    if [[ -e /etc/$part && ! -e $root/etc/$part ]]; then cp -P "/etc/$part" "$root/etc/$part"; fi
  done
  for part in alternatives ssl; do
    [[ -d /etc/$part ]] || continue
    mkdir "$root/etc/$part"
    bind "/etc/$part" "$root/etc/$part" ro
  done
}

make_devices() {
  local name
  for name in null zero full random urandom tty; do
    : >"$root/dev/$name"
    mount --bind "/dev/$name" "$root/dev/$name"
  done
  ln -s /proc/self/fd "$root/dev/fd"
  ln -s /proc/self/fd/0 "$root/dev/stdin"
  ln -s /proc/self/fd/1 "$root/dev/stdout"
  ln -s /proc/self/fd/2 "$root/dev/stderr"
  mkdir -m 1777 "$root/dev/shm"
  mount -t tmpfs -o mode=1777,nosuid,nodev,noexec shm "$root/dev/shm"
}

mount_plan() {
  local source target access
  while IFS=$'\t' read -r source target access; do
    if [[ $source == tmpfs ]]; then
      mkdir -p "$root$target"
      mount -t tmpfs -o "mode=1777,nosuid,nodev,size=$access" tmpfs "$root$target"
      continue
    elif [[ -d $source ]]; then
      mkdir -p "$root$target"
    else
      mkdir -p "$root${target%/*}"
      [[ -e $root$target ]] || : >"$root$target"
    fi
    bind "$source" "$root$target" "$access"
  done <"$directory/plan"
}

# The machine's own root goes, what is left of this one becomes read-only.
enter_root() {
  cd "$root"
  pivot_root . .old
  cd /
  umount -l /.old
  rmdir /.old
  mount -o remount,bind,ro,nosuid /
}

# standard error was unshare's own until here
exec 2>&1
read -r pid _ </proc/self/stat
printf '%s\n' "$pid" >&3
loopback_up
hostname "$hostname" 2>/dev/null || printf '%s' "$hostname" >/proc/sys/kernel/hostname
make_system
make_etc
make_devices
mount_plan
enter_root
printf 'ready\n' >&3
exec "$@" 3>&-
