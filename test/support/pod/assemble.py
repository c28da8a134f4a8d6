"""Assembles a container's root file system and becomes its PID 1, in one process: a run of all tests does this thousands of times.

Runs as root (of a user namespace at least), as PID 1 of fresh PID, mount, IPC and UTS namespaces.
usage: assemble.py DIRECTORY HOSTNAME COMMAND...
  DIRECTORY/etc    files for /etc
  DIRECTORY/plan   lines SOURCE<TAB>TARGET<TAB>ro|rw, parents before children; or tmpfs<TAB>TARGET<TAB>SIZE
  DIRECTORY/root   an empty directory
  descriptor 3     is told this process's pid on the machine, then "ready"
Exit: that of COMMAND; 1 with a message when the root cannot be assembled.
"""
import ctypes
import os
import shutil
import signal
import socket
import struct
import sys
from fcntl import ioctl

# linux/mount.h
RDONLY, NOSUID, NODEV, NOEXEC, REMOUNT, BIND, RECURSIVE = 1, 2, 4, 8, 32, 4096, 16384
DETACH = 2

libc = ctypes.CDLL(None, use_errno=True)


def call(name, *arguments):
    def raw(argument):
        return argument.encode() if isinstance(argument, str) else argument

    if getattr(libc, name)(*map(raw, arguments)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f'{name} {arguments}: {os.strerror(number)}')


def mount(source, target, kind, flags, data=None):
    call('mount', source, target, kind, ctypes.c_ulong(flags), data)


def bind(source, target, access):
    """A bind that is to be read-only needs a second call, and inside a user namespace must keep nosuid, nodev and noexec."""
    mount(source, target, None, BIND | RECURSIVE)
    if access != 'ro':
        return
    flags = REMOUNT | BIND | RDONLY | NOSUID | NODEV
    try:
        mount(None, target, None, flags)
    except OSError:
        mount(None, target, None, flags | NOEXEC)


def tmpfs(target, data, flags):
    mount('tmpfs', target, 'tmpfs', flags, data)


def loopback_up():
    """linux/if.h: SIOCSIFFLAGS with IFF_UP and IFF_RUNNING."""
    with socket.socket() as anything:
        ioctl(anything, 0x8914, struct.pack('16sH14x', b'lo', 0x1 | 0x40))


def make_system(root):
    tmpfs(root, 'mode=0755,size=16m', NOSUID)
    for name in ('.old .pod dev etc home mnt opt proc run root srv sys tmp usr var/lib var/tmp docker-entrypoint-initdb.d').split():
        os.makedirs(f'{root}/{name}')
    # as in the image, where this link makes /var/run/postgresql the same as /run/postgresql
    os.symlink('../run', f'{root}/var/run')
    bind('/usr', f'{root}/usr', 'ro')
    tmpfs(f'{root}/usr/local', 'mode=0755,size=64k', NOSUID | NODEV)
    for name in ('bin', 'lib', 'sbin'):
        os.mkdir(f'{root}/usr/local/{name}')
    for part in ('/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'):
        if os.path.islink(part):
            os.symlink(os.readlink(part), root + part)
        elif os.path.isdir(part):
            os.mkdir(root + part)
            bind(part, root + part, 'ro')
    mount('proc', f'{root}/proc', 'proc', NOSUID | NODEV | NOEXEC)
    mount('/sys', f'{root}/sys', None, BIND | RECURSIVE)
    mount(None, f'{root}/sys', None, REMOUNT | BIND | RDONLY | NOSUID | NODEV | NOEXEC)


def make_etc(root, given):
    shutil.copytree(given, f'{root}/etc', symlinks=True, dirs_exist_ok=True)
    for part in ('localtime', 'os-release', 'timezone', 'debian_version', 'ld.so.cache'):
        if os.path.exists(f'/etc/{part}') and not os.path.exists(f'{root}/etc/{part}'):
            shutil.copy2(f'/etc/{part}', f'{root}/etc/{part}', follow_symlinks=False)
    for part in ('alternatives', 'ssl'):
        if os.path.isdir(f'/etc/{part}'):
            os.mkdir(f'{root}/etc/{part}')
            bind(f'/etc/{part}', f'{root}/etc/{part}', 'ro')


def make_devices(root):
    for name in ('null', 'zero', 'full', 'random', 'urandom', 'tty'):
        touch(f'{root}/dev/{name}')
        mount(f'/dev/{name}', f'{root}/dev/{name}', None, BIND)
    for name, target in (('fd', 'fd'), ('stdin', 'fd/0'), ('stdout', 'fd/1'), ('stderr', 'fd/2')):
        os.symlink(f'/proc/self/{target}', f'{root}/dev/{name}')
    os.mkdir(f'{root}/dev/shm')
    tmpfs(f'{root}/dev/shm', 'mode=1777', NOSUID | NODEV | NOEXEC)


def touch(path):
    open(path, 'w').close()


def mount_plan(root, plan):
    with open(plan, encoding='utf-8') as lines:
        for line in lines:
            source, target, access = line.rstrip('\n').split('\t')
            place = root + target
            if source == 'tmpfs' or os.path.isdir(source):
                os.makedirs(place, exist_ok=True)
            else:
                os.makedirs(os.path.dirname(place), exist_ok=True)
                if not os.path.exists(place):
                    touch(place)
            if source == 'tmpfs':
                tmpfs(place, f'mode=1777,size={access}', NOSUID | NODEV)
            else:
                bind(source, place, access)


def enter_root(root):
    """The machine's own root goes, what is left of this one becomes read-only."""
    os.chdir(root)
    call('pivot_root', '.', '.old')
    os.chdir('/')
    call('umount2', '/.old', DETACH)
    os.rmdir('/.old')
    mount(None, '/', None, REMOUNT | BIND | RDONLY | NOSUID)


def become(command):
    """Not os.execvp, which imports a module that is not there any more."""
    for folder in os.environ['PATH'].split(':'):
        try:
            os.execv(f'{folder}/{command[0]}', command)
        except FileNotFoundError:
            pass
    sys.exit(f'{command[0]}: not found')


def main(directory, hostname, *command):
    # standard error was unshare's own until here
    os.dup2(1, 2)
    with open('/proc/self/stat', encoding='utf-8') as stat, os.fdopen(3, 'w') as told:
        print(stat.read().split()[0], file=told, flush=True)
        loopback_up()
        socket.sethostname(hostname)
        root = f'{directory}/root'
        make_system(root)
        make_etc(root, f'{directory}/etc')
        make_devices(root)
        mount_plan(root, f'{directory}/plan')
        enter_root(root)
        print('ready', file=told, flush=True)
    # Python ignores it, and what is ignored stays so
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    become(command)


try:
    main(*sys.argv[1:])
except OSError as problem:
    sys.exit(str(problem))
