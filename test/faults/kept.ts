import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Kept } from './checks';

/** The folders on a claim that keep what was replaced or taken back. */
export function foldersKept(claim: string): { readonly copies: string[]; readonly wal: string[] } {
  const names = readdirSync(claim);
  const majors = names.filter((name) => /^\d+$/.test(name)).map((name) => join(claim, name));
  return {
    copies: majors.flatMap((major) => readdirSync(major).filter((name) => name.startsWith('docker.diverged-')).map((name) => join(major, name))),
    wal: names.filter((name) => name.startsWith('diverged-')).map((name) => join(claim, name)),
  };
}

/** What is kept on a claim of what its pod alone had. */
export function keptOn(claim: string): Kept {
  const { copies, wal } = foldersKept(claim);
  // one whose name ends like this was not finished
  const complete = wal.filter((folder) => !folder.endsWith('.new'));
  return { copies: copies.length, transactions: complete.reduce((sum, folder) => sum + transactionsIn(folder), 0) };
}

/** Whoever has looked at it takes it away. */
export function removeKept(claim: string): void {
  const { copies, wal } = foldersKept(claim);
  for (const folder of [...copies, ...wal]) rmSync(folder, { recursive: true, force: true });
}

function transactionsIn(folder: string): number {
  return Number(/^committed_transactions=(\d+)$/m.exec(readFileSync(join(folder, 'summary'), 'utf8'))?.[1] ?? 0);
}
