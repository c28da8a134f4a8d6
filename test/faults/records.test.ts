import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idsIn } from './records';

const SIZE = 1024 ** 2;
let folder: string;
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'records-')); });
afterEach(() => rmSync(folder, { recursive: true }));

/** Bytes of a record that names a row, but for its last ones. */
function named(id: number): Buffer {
  const bytes = Buffer.alloc(60, 0xff);
  bytes.writeBigInt64LE(BigInt(id), 48);
  return bytes;
}

function writeFile(name: string, ...parts: readonly (readonly [number, Buffer])[]): void {
  const file = Buffer.alloc(SIZE);
  for (const [offset, bytes] of parts) bytes.copy(file, offset);
  writeFileSync(join(folder, name), file);
}

test('a record names the rows whose number is in it, whatever stands before and behind it', () => {
  writeFile('000000020000000100000003', [100, named(1_000_000_007)], [160, named(1_000_000_008)]);
  const record = { position: 2 ** 32 + 3 * SIZE + 100, length: 60 };
  expect(idsIn(folder, '00000002', record, new Set([1_000_000_007, 1_000_000_008]))).toEqual([1_000_000_007]);
  expect(idsIn(folder, '00000002', { ...record, length: 55 }, new Set([1_000_000_007]))).toEqual([]);
});

test('a record goes on behind the header of the next page, and of the next file', () => {
  const [page, file] = [named(2_000_000_001), named(3_000_000_001)];
  writeFile('000000010000000000000FFF', [8192 - 50, page.subarray(0, 50)], [8192 + 24, page.subarray(50)], [SIZE - 52, file.subarray(0, 52)]);
  writeFile('000000010000000100000000', [40, file.subarray(52)]);
  const ids = new Set([2_000_000_001, 3_000_000_001]);
  expect(idsIn(folder, '00000001', { position: 0xfff * SIZE + 8192 - 50, length: 60 }, ids)).toEqual([2_000_000_001]);
  expect(idsIn(folder, '00000001', { position: 2 ** 32 - 52, length: 60 }, ids)).toEqual([3_000_000_001]);
});

test('what is not there names nothing', () => {
  writeFile('000000010000000000000001', [SIZE - 50, named(1_000_000_001).subarray(0, 50)]);
  expect(idsIn(folder, '00000001', { position: 2 * SIZE - 50, length: 60 }, new Set([1_000_000_001]))).toEqual([]);
});
