import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const prefix = 'cdk8s-postgres-';
const made = new Set<string>();

/** A new directory that this process owns. */
export function temporaryDirectory(purpose: string): string {
  if (made.size === 0) sweep();
  const directory = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-${purpose}-`));
  made.add(directory);
  return directory;
}

/** The directory of that name that all test files of one run share; it is removed by the next run. */
export function sharedDirectory(name: string): string {
  return join(tmpdir(), `${prefix}${process.ppid}-${name}`);
}

export function removeTemporary(directory: string): void {
  made.delete(directory);
  rmSync(directory, { recursive: true, force: true });
}

export function removeAllTemporary(): void {
  for (const directory of made) removeTemporary(directory);
}

/** A test process that was killed could not clean up: the next one does. */
function sweep(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = name.startsWith(prefix) && /^\d+/.exec(name.slice(prefix.length))?.[0];
    if (pid && !existsSync(`/proc/${pid}`)) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}
