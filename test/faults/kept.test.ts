import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { foldersKept, hasHeeded, isWhole, keptWal, rowCommits, wasPrimary } from './kept';
import { server } from '../support/servers';

let claim: string;
beforeEach(() => { claim = mkdtempSync(join(tmpdir(), 'kept-')); });
afterEach(() => rmSync(claim, { recursive: true }));

const SUMMARY = 'database=db/1\ntimeline=1\nprimary_timeline=2\nforked_at=0/3000100\ncommitted_transactions=25\n';
const line = (manager: string, xid: number, position: string, what: string) =>
  `rmgr: ${manager.padEnd(11)} len (rec/tot):     34/    34, tx: ${String(xid).padStart(10)}, lsn: ${position}, prev 0/03000028, desc: ${what}`;

const NOTHING = { transactions: 0, unnamed: 0, inWal: new Set() };

test('WAL counts by its files: a summary alone, or an empty folder as a copy, keeps nothing', async () => {
  mkdirSync(join(claim, 'diverged-20261122T000000Z'));
  writeFileSync(join(claim, 'diverged-20261122T000000Z/summary'), SUMMARY);
  mkdirSync(join(claim, '17/docker.diverged-20261122T000000Z'), { recursive: true });
  const lookup = { bin: (await server(17).bring()).bin, table: '5/16384' };
  expect(keptWal(claim, lookup, new Set([1]))).toEqual(NOTHING);
  writeFileSync(join(claim, 'diverged-20261122T000000Z/000000010000000000000003'), 'no WAL');
  expect(keptWal(claim, lookup, new Set([1]))).toEqual(NOTHING);
  const { copies } = foldersKept(claim);
  expect([copies.length, copies.filter(isWhole).length]).toEqual([1, 0]);
});

test('all files of the kept WAL are read, from the first to the last', () => {
  const kept = join(claim, 'diverged-20261122T000000Z');
  mkdirSync(kept);
  writeFileSync(join(kept, 'summary'), SUMMARY);
  for (const file of [3, 4, 5]) writeFileSync(join(kept, `00000001000000000000000${file}`), '');
  const bin = join(claim, 'bin');
  mkdirSync(bin);
  // like the real one: the second file is where it ends, and without it the first one is
  const said = (file: number): string => line('Transaction', 700 + file, `0/0${file}000200`, 'COMMIT 2026-11-22 07:00:00.000000 UTC');
  writeFileSync(join(bin, 'pg_waldump'), `#!/bin/bash
    for file in 3 4 5; do
      [[ 00000001000000000000000$file > \${3:-$2} ]] || case $file in 3) echo '${said(3)}' ;; 4) echo '${said(4)}' ;; 5) echo '${said(5)}' ;; esac
    done`, { mode: 0o755 });
  expect(keptWal(claim, { bin, table: '5/16384' }, new Set([1]))).toEqual({ transactions: 3, unnamed: 3, inWal: new Set() });
});

test('of the transactions in kept WAL those count that were committed behind the fork and wrote rows', () => {
  expect(rowCommits([
    line('Heap', 700, '0/03000040', 'INSERT off: 1, flags: 0x08, blkref #0: rel 1663/5/16384 blk 0'),
    line('Transaction', 700, '0/03000080', 'COMMIT 2026-11-22 07:00:00.000000 UTC'),
    line('Heap', 701, '0/030000C0', 'INSERT off: 2, flags: 0x08, blkref #0: rel 1663/5/16384 blk 0'),
    line('Transaction', 701, '0/03000100', 'COMMIT 2026-11-22 07:00:00.000000 UTC'),
    line('Heap', 702, '0/03000140', 'INSERT+INIT off: 1, flags: 0x08, blkref #0: rel 1663/5/16384 blk 1'),
    line('Transaction', 702, '0/03000180', 'ABORT 2026-11-22 07:00:00.000000 UTC'),
    line('Heap', 703, '0/030001C0', 'HOT_UPDATE old_xmax: 703, blkref #0: rel 1663/5/163840 blk 0'),
    line('Transaction', 703, '0/03000200', 'COMMIT 2026-11-22 07:00:00.000000 UTC'),
    line('Transaction', 699, '0/03000240', 'COMMIT 2026-11-22 07:00:00.000000 UTC'),
    line('Heap', 704, '0/03000280', 'INSERT off 3 flags 0x08, blkref #0: rel 1663/5/16384 blk 0 FPW'),
    line('Btree', 704, '0/030002C0', 'INSERT_LEAF off: 3, blkref #0: rel 1663/5/16385 blk 1'),
    line('Transaction', 704, '0/03000300', 'COMMIT 2026-11-22 07:00:00.000000 UTC'),
  ].join('\n'), '0/3000100', '5/16384')).toEqual([
    { position: '0/03000100', records: [{ position: 0x30000C0, length: 34 }] },
    { position: '0/03000240', records: [] },
    { position: '0/03000300', records: [{ position: 0x30002C0, length: 34 }] },
  ]);
});

test('a standby that heeds a fence is told from one that was only asked to, and by whom', () => {
  const slots = join(claim, '17/docker/pg_replslot');
  expect(hasHeeded(claim, 1)).toBe(false);
  mkdirSync(join(slots, 'fenced_t3_by_1'), { recursive: true });
  expect(hasHeeded(claim, 1)).toBe(false);
  mkdirSync(join(slots, 'heeded_t3_by_1'));
  expect([hasHeeded(claim, 1), hasHeeded(claim, 2)]).toEqual([true, false]);
});

test('a database that ended as a primary is told from one of a standby and from none', () => {
  expect(wasPrimary(claim)).toBe(false);
  mkdirSync(join(claim, '17/docker/global'), { recursive: true });
  expect(wasPrimary(claim)).toBe(false);
  writeFileSync(join(claim, '17/docker/global/pg_control'), '');
  expect(wasPrimary(claim)).toBe(true);
  writeFileSync(join(claim, '17/docker/standby.signal'), '');
  expect(wasPrimary(claim)).toBe(false);
  writeFileSync(join(claim, '.stepped-down'), '3\n');
  expect(wasPrimary(claim)).toBe(true);
});
