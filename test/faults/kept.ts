import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Kept } from './checks';

/** What the rows of a campaign are looked up in. */
export interface Lookup {
  /** The folder of the server's programs on this machine. */
  readonly bin: string;
  /** The table's database and file, as `5/16384`: the same on all pods. */
  readonly table: string;
}

/** The folders on a claim that keep what was replaced or taken back. */
export function foldersKept(claim: string): { readonly copies: string[]; readonly wal: string[] } {
  const names = readdirSync(claim);
  const majors = names.filter((name) => /^\d+$/.test(name)).map((name) => join(claim, name));
  return {
    copies: majors.flatMap((major) => readdirSync(major).filter((name) => name.startsWith('docker.diverged-')).map((name) => join(major, name))),
    wal: names.filter((name) => name.startsWith('diverged-')).map((name) => join(claim, name)),
  };
}

/** Whether a folder has a database that a server might start from, as far as can be told without one. */
export function isWhole(copy: string): boolean {
  return ['PG_VERSION', 'global/pg_control', 'pg_wal', 'base'].every((name) => existsSync(join(copy, name)));
}

/** What is kept on a claim of what its pod alone had: read from the files themselves, whatever their summary says. */
export function keptOn(claim: string, lookup: Lookup): Kept {
  const { copies, wal } = foldersKept(claim);
  // one whose name ends like this was not finished
  const complete = wal.filter((folder) => !folder.endsWith('.new'));
  // one that was kept twice counts once
  const commits = new Set(complete.flatMap((folder) => commitsIn(folder, lookup)));
  return { copies: copies.filter(isWhole).length, transactions: commits.size };
}

/** Whether the database on a claim was a primary when it ended, or had been the last one and has the right to that still. */
export function wasPrimary(claim: string): boolean {
  return existsSync(join(claim, '.stepped-down')) || readdirSync(claim).filter((name) => /^\d+$/.test(name)).map((major) => join(claim, major, 'docker'))
    .some((data) => existsSync(join(data, 'global/pg_control')) && !existsSync(join(data, 'standby.signal')));
}

/** Whoever has looked at it takes it away. */
export function removeKept(claim: string): void {
  const { copies, wal } = foldersKept(claim);
  for (const folder of [...copies, ...wal]) rmSync(folder, { recursive: true, force: true });
}

function commitsIn(folder: string, { bin, table }: Lookup): string[] {
  const files = readdirSync(folder).filter((name) => /^[0-9A-F]{24}$/.test(name)).sort();
  const [first, last] = [files[0], files[files.length - 1]];
  if (!first) return [];
  const [, forkedAt] = /^forked_at=([0-9A-F]+\/[0-9A-F]+)$/m.exec(readFileSync(join(folder, 'summary'), 'utf8')) ?? [];
  if (!forkedAt) return [];
  // it ends with a complaint about the record behind the last one
  const { stdout, error } = spawnSync(join(bin, 'pg_waldump'), [`--path=${folder}`, first, last], {
    encoding: 'utf8', env: { LC_ALL: 'C' }, maxBuffer: 1024 ** 3,
  });
  if (error) throw error;
  return rowCommits(stdout, forkedAt, table).map((position) => `${first.slice(0, 8)} ${position}`);
}

/**
 * Where, from the fork on, transactions were committed that wrote to the table. One that began so early that nothing else of it is here counts,
 * too; others, such as the runtime's own, do not.
 */
export function rowCommits(text: string, forkedAt: string, table: string): string[] {
  const elsewhere = new Map<string, boolean>();
  const found: string[] = [];
  for (const line of text.split('\n')) {
    const [, manager, xid, position, what] = /^rmgr: (\w+) .*? tx: +(\d+), lsn: ([0-9A-F]+\/[0-9A-F]+), .*?desc: (.*)$/.exec(line) ?? [];
    if (manager?.startsWith('Heap') && xid !== '0') {
      const other = !` ${what} `.includes(`/${table} `);
      elsewhere.set(xid, other && (elsewhere.get(xid) ?? true));
    } else if (manager === 'Transaction' && what.startsWith('COMMIT') && number(position) >= number(forkedAt) && !elsewhere.get(xid)) {
      found.push(position);
    }
  }
  return found;
}

function number(position: string): number {
  const [high, low] = position.split('/').map((part) => parseInt(part, 16));
  return high * 0x100000000 + low;
}
