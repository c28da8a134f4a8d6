import type { Database } from './database';
import type { NodeShell } from './node';
import { until } from './wait';

/** Where the node keeps a volume: those of the tests' cluster are folders. */
export async function folderOf(database: Database, claim = `data-${database.name}-0`): Promise<string> {
  const { spec } = await database.namespace.find('persistentvolumeclaim', claim);
  const { spec: volume } = await database.namespace.find('persistentvolume', spec.volumeName);
  const folder = volume.local?.path ?? volume.hostPath?.path;
  if (!folder) throw new Error('These tests need volumes that are folders of a node.');
  return folder;
}

export async function stop(database: Database): Promise<void> {
  await database.namespace.run(['scale', 'statefulset', database.name, '--replicas=0']);
  await until('the pod is gone', 60, async () => (await database.findPod()) === undefined);
}

export async function scaleUp(database: Database): Promise<void> {
  await database.namespace.run(['scale', 'statefulset', database.name, '--replicas=1']);
}

/** The volume gets a file system of its own, of that size, with what is in it; the pod must not be there. */
export async function limit(node: NodeShell, folder: string, mebibytes: number): Promise<void> {
  await node.run(`
    mkdir "$1.small"
    mount -t tmpfs -o "size=$2m,mode=2777" small "$1.small"
    chown 0:999 "$1.small"
    cp -a "$1/." "$1.small"
    mount --bind "$1.small" "$1"
  `, folder, `${mebibytes}`);
}

/** Changes the file system itself, as a driver or a failing disk does, and not the one place where a pod sees it. */
export async function remount(node: NodeShell, folder: string, option: string): Promise<void> {
  await node.run('mount -o "remount,$2" "$1.small"', folder, option);
}

export async function unlimit(node: NodeShell, folder: string): Promise<void> {
  await node.run('[ ! -e "$1.small" ] || { umount -l "$1"; umount -l "$1.small"; rmdir "$1.small"; }', folder);
}

/** The first answer of a server that is about to serve: a pod that has just refused may be called Ready for some seconds. */
export function answer(database: Database, text: string, name = 'orders'): Promise<string> {
  return until(`${database.name} answers`, 120, () => database.sql(text, name));
}

/** What kubelet and the API show while the pod waits: the reason in the readiness probe's event, no restart, and not Ready. */
export async function refuses(database: Database, reason: string | RegExp): Promise<string> {
  return until(`the pod waits with ${reason}`, 90, async () => {
    const description = await database.namespace.run(['describe', 'pod', database.pod]);
    const shown = description.split('\n').filter((line) => line.includes('Readiness probe failed: waiting: '))
      .map((line) => line.replace(/.*Readiness probe failed: waiting: /, ''));
    const now = (await database.exec('cat', '/run/cdk8s-postgres/state')).split('\n').find((line) => line.startsWith('reason='))!.slice(7);
    const matches = typeof reason === 'string' ? now.startsWith(reason) : reason.test(now);
    return matches && shown.some((line) => line.trim() === now.trim()) ? now : undefined;
  });
}
