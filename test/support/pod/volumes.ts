import { chmodSync, chownSync, mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Files } from './description';
import { isRoot } from './namespaces';

export interface Ownership {
  readonly gid: number;
  readonly mode: number;
}

/** Makes `directory` what an emptyDir or a fresh claim is to a pod with an fsGroup. */
export function freshVolume(directory: string, gid: number): void {
  mkdirSync(directory, { recursive: true });
  if (readdirSync(directory).some((name) => name !== 'lost+found')) return;
  if (isRoot) chownSync(directory, 0, gid);
  chmodSync(directory, 0o2777);
}

/**
 * Writes a ConfigMap or Secret volume as the kubelet does: the files in a directory named by the time, the symlink
 * `..data` to it replaced by a rename, and per key a symlink through `..data`. A reader sees all of the old or all of the new.
 */
export function writeFiles(volume: string, files: Files, { gid, mode }: Ownership): void {
  mkdirSync(volume, { recursive: true, mode: 0o755 });
  const old = dataDirectory(volume);
  const fresh = timestamp();
  mkdirSync(join(volume, fresh), { mode: 0o755 });
  for (const [path, content] of Object.entries(files)) {
    const file = join(volume, fresh, path);
    mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
    writeFileSync(file, content);
    if (isRoot) chownSync(file, 0, gid);
    chmodSync(file, mode);
  }
  symlinkSync(fresh, join(volume, '..data_tmp'));
  renameSync(join(volume, '..data_tmp'), join(volume, '..data'));

  const wanted = new Set(Object.keys(files).map((path) => path.split('/')[0]));
  const present = new Set(readdirSync(volume).filter((name) => !name.startsWith('..')));
  for (const name of wanted) if (!present.has(name)) symlinkSync(join('..data', name), join(volume, name));
  for (const name of present) if (!wanted.has(name)) rmSync(join(volume, name));
  if (old) rmSync(join(volume, old), { recursive: true });
}

function dataDirectory(volume: string): string | undefined {
  try {
    return readlinkSync(join(volume, '..data'));
  } catch {
    return undefined;
  }
}

let serial = 0;

/** As the kubelet's: ..2026_11_21_03_15_00.123456789 */
function timestamp(): string {
  serial += 1;
  const time = new Date().toISOString().slice(0, 19).replace(/[-T:]/g, '_');
  return `..${time}.${String(process.hrtime.bigint() % 1_000_000n).padStart(6, '0')}${String(serial % 1000).padStart(3, '0')}`;
}
