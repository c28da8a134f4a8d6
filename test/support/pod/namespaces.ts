import { spawnSync } from 'node:child_process';

export const isRoot = process.getuid?.() === 0;

/** Who a container's processes are. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
  readonly fsGroup: number;
}

/** The processes on this machine that hold a pod's namespaces. */
export interface Holders {
  /** holds all but the PID namespace, and the outer user namespace */
  readonly outside: number;
  /** PID 1 */
  readonly inside: number;
  /** holds the network namespace, where that is not the pod's own */
  readonly network?: number;
}

const own = ['--fork', '--kill-child', '--pid', '--mount', '--ipc', '--uts'];
const noPrivileges = ['--no-new-privs', '--inh-caps=-all', '--bounding-set=-all'];
const owner = ['--user', '--map-root-user'];

let allowed: boolean | undefined;

/** Throws one sentence on a machine that allows no PID namespaces. */
export function demandNamespaces(): void {
  allowed ??= spawnSync('unshare', [...isRoot ? [] : owner, ...own, '--net', 'true'], { stdio: 'ignore' }).status === 0;
  if (!allowed) {
    throw new Error('tests on real servers need PID namespaces: run them as root with CAP_SYS_ADMIN, '
      + 'or where unprivileged user namespaces are allowed (sysctl user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns), with unshare of util-linux');
  }
}

/** The words before a pod's own set-up; `network` is a process in the network to be in. The pod dies with this process. */
export function enter(network?: number): string[] {
  const words = ['setpriv', '--pdeathsig', 'KILL'];
  const fresh = ['unshare', ...isRoot ? [] : owner, ...own];
  if (!network) return [...words, ...fresh, '--net'];
  const shared = ['nsenter', '--target', String(network), '--net', ...isRoot ? [] : ['--user', '--preserve-credentials']];
  return [...words, ...shared, ...fresh];
}

/** The words before a container's command, after the set-up: becomes that user, without any privilege. */
export function become({ uid, gid, fsGroup }: Identity): string[] {
  if (!isRoot) {
    // A second user namespace: the first one must call its only user root, or mount refuses.
    return ['unshare', '--user', '--keep-caps', `--map-user=${uid}`, `--map-group=${gid}`, 'setpriv', ...noPrivileges, '--ambient-caps=-all', '--pdeathsig', 'KILL'];
  }
  return ['setpriv', ...user({ uid, gid, fsGroup }), ...noPrivileges, '--pdeathsig', 'KILL'];
}

/** The words before a command that comes into a running pod as `kubectl exec` does. */
export function join(holders: Holders, identity: Identity): string[] {
  const words = ['nsenter', '--target', String(holders.inside), '--mount', '--pid', '--ipc', '--uts', '--root', '--wd'];
  if (isRoot) return [...words, '--net', '/usr/bin/setpriv', ...user(identity), ...noPrivileges];
  // a network from elsewhere belongs to the user namespace around the outer one
  const network = holders.network ? ['nsenter', '--target', String(holders.network), '--net', '--user', '--preserve-credentials'] : [];
  // all but the inner user namespace belong to the outer one
  const outer = [...network, ...words, ...network.length ? [] : ['--net'], `--user=/proc/${holders.outside}/ns/user`, '--preserve-credentials'];
  return [...outer, '/usr/bin/nsenter', '--target', '1', '--user', '--preserve-credentials', '/usr/bin/setpriv', ...noPrivileges];
}

function user({ uid, gid, fsGroup }: Identity): string[] {
  return ['--reuid', String(uid), '--regid', String(gid), '--groups', String(fsGroup)];
}
