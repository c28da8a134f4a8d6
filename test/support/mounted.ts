import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRoot } from './pod/namespaces';

const mounted = new Set<string>();

/** Throws one sentence where a test needs what a namespace of one's own cannot give. */
export function demandRoot(what: string): void {
  if (isRoot) return;
  throw new Error(`${what} can be made by root only: run this test as root with CAP_SYS_ADMIN and CAP_CHOWN, as with sudo or in a privileged container`);
}

/** A directory with a file system of its own, which every pod of this machine can mount; gone with the test file. */
export function mountedTemporary(options: string): string {
  demandRoot('a volume with a file system of its own');
  const directory = mkdtempSync(join(tmpdir(), 'small-volume-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'small', directory]);
  } catch (error) {
    rmSync(directory, { recursive: true });
    throw error;
  }
  mounted.add(directory);
  return directory;
}

export function resizeMounted(directory: string, mebibytes: number): void {
  execFileSync('mount', ['-o', `remount,size=${mebibytes}m`, directory]);
}

/** Undoes what was done, and that only; what a pod still has open goes when it ends. */
export function unmount(directory: string): void {
  if (!mounted.delete(directory)) return;
  execFileSync('umount', ['--lazy', directory]);
  rmSync(directory, { recursive: true });
}

// A test file that mounts something undoes it, whether its tests passed or not.
if (typeof afterAll === 'function') afterAll(() => [...mounted].forEach(unmount));
