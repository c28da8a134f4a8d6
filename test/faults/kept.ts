import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Kept } from './checks';
import { idsIn, WalRecord } from './records';

/** What the rows of a campaign are looked up in. */
export interface Lookup {
  /** The folder of the server's programs on this machine. */
  readonly bin: string;
  /** The table's database and file, as `5/16384`: the same on all pods. */
  readonly table: string;
}

/** The folders on a claim that keep what was replaced or taken back. */
export function foldersKept(claim: string): { readonly copies: string[]; readonly wal: string[] } {
  return {
    copies: majorsOf(claim).flatMap((major) => readdirSync(major).filter((name) => name.startsWith('docker.diverged-')).map((name) => join(major, name))),
    wal: readdirSync(claim).filter((name) => name.startsWith('diverged-')).map((name) => join(claim, name)),
  };
}

function majorsOf(claim: string): string[] {
  return readdirSync(claim).filter((name) => /^\d+$/.test(name)).map((name) => join(claim, name));
}

/** Whether a folder has a database that a server might start from, as far as can be told without one. */
export function isWhole(copy: string): boolean {
  return ['PG_VERSION', 'global/pg_control', 'pg_wal', 'base'].every((name) => existsSync(join(copy, name)));
}

/** What of the lost rows is in kept WAL on a claim: read from the files themselves, whatever their summary says. */
export function keptWal(claim: string, lookup: Lookup, lost: ReadonlySet<number>): Pick<Kept, 'transactions' | 'unnamed' | 'inWal'> {
  // one whose name ends like this was not finished
  const complete = foldersKept(claim).wal.filter((folder) => !folder.endsWith('.new'));
  // one that was kept twice counts once
  const commits = new Map(complete.flatMap((folder) => commitsIn(folder, lookup, lost)));
  const ids = [...commits.values()];
  return { transactions: commits.size, unnamed: ids.filter((found) => !found).length, inWal: new Set(ids.flatMap((found) => [...found ?? []])) };
}

/** Whether the database on a claim was a primary when it ended, or had been the last one and has the right to that still. */
export function wasPrimary(claim: string): boolean {
  return existsSync(join(claim, '.stepped-down')) || majorsOf(claim).map((major) => join(major, 'docker'))
    .some((data) => existsSync(join(data, 'global/pg_control')) && !existsSync(join(data, 'standby.signal')));
}

/** Whether the standby on a claim receives from nobody but that pod, which somebody has take over. */
export function hasHeeded(claim: string, ordinal: number): boolean {
  return majorsOf(claim).map((major) => join(major, 'docker/pg_replslot')).filter((slots) => existsSync(slots))
    .some((slots) => readdirSync(slots).some((name) => /^heeded_t\d+_by_(\d+)$/.exec(name)?.[1] === String(ordinal)));
}

/** Whoever has looked at it takes it away. */
export function removeKept(claim: string): void {
  const { copies, wal } = foldersKept(claim);
  for (const folder of [...copies, ...wal]) rmSync(folder, { recursive: true, force: true });
}

/** Where each transaction was committed, and which of the rows it wrote: none where no record of it says that. */
function commitsIn(folder: string, { bin, table }: Lookup, lost: ReadonlySet<number>): [string, ReadonlySet<number> | undefined][] {
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
  const timeline = first.slice(0, 8);
  return rowCommits(stdout, forkedAt, table).map(({ position, records }) =>
    [`${timeline} ${position}`, records.length ? new Set(records.flatMap((record) => idsIn(folder, timeline, record, lost))) : undefined]);
}

export interface RowCommit {
  readonly position: string;
  /** What the transaction wrote to the table and to indexes, but for records with an image of the page: that is compressed, and stands for what was written. */
  readonly records: readonly WalRecord[];
}

/**
 * Where, from the fork on, transactions were committed that wrote to the table. One that began so early that nothing else of it is here counts,
 * too; others, such as the runtime's own, do not.
 */
export function rowCommits(text: string, forkedAt: string, table: string): RowCommit[] {
  const elsewhere = new Map<string, boolean>();
  const records = new Map<string, WalRecord[]>();
  const found: RowCommit[] = [];
  for (const line of text.split('\n')) {
    const [, manager, length, xid, position, what] = /^rmgr: (\w+) +len \(rec\/tot\): +\d+\/ +(\d+), tx: +(\d+), lsn: ([0-9A-F]+\/[0-9A-F]+), .*?desc: (.*)$/.exec(line) ?? [];
    if (/^(Heap|Btree)/.test(manager ?? '') && xid !== '0') {
      const other = !` ${what} `.includes(`/${table} `);
      if (manager.startsWith('Heap')) elsewhere.set(xid, other && (elsewhere.get(xid) ?? true));
      const mine = records.get(xid) ?? [];
      records.set(xid, / FPW/.test(what) ? mine : [...mine, { position: number(position), length: Number(length) }]);
    } else if (manager === 'Transaction' && what.startsWith('COMMIT') && number(position) >= number(forkedAt) && !elsewhere.get(xid)) {
      found.push({ position, records: records.get(xid) ?? [] });
    }
  }
  return found;
}

function number(position: string): number {
  const [high, low] = position.split('/').map((part) => parseInt(part, 16));
  return high * 0x100000000 + low;
}
