import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Where a record begins in the log, and how long it is. */
export interface WalRecord {
  readonly position: number;
  readonly length: number;
}

/** What begins each page of the log, and each file of it. */
const PAGE = 8192;
const PAGE_HEADER = 24;
const FILE_HEADER = 40;

/** Which of these rows a record in a folder names: their number is in the tuple, and in the index, as eight bytes. */
export function idsIn(folder: string, timeline: string, record: WalRecord, ids: ReadonlySet<number>): number[] {
  const bytes = readRecord(folder, timeline, record);
  const found: number[] = [];
  for (let offset = 0; offset + 8 <= bytes.length; offset += 1) {
    const id = Number(bytes.readBigInt64LE(offset));
    if (ids.has(id)) found.push(id);
  }
  return found;
}

/** Its bytes without the headers of the pages that it goes on in, as many of them as are there. */
function readRecord(folder: string, timeline: string, { position, length }: WalRecord): Buffer {
  // files of one log are of one size
  const [any] = readdirSync(folder).filter((name) => /^[0-9A-F]{24}$/.test(name));
  const size = statSync(join(folder, any)).size;
  const parts: Buffer[] = [];
  let missing = length;
  for (let at = position; missing > 0;) {
    const file = join(folder, fileOf(timeline, at, size));
    if (!existsSync(file)) break;
    const header = at % PAGE ? 0 : at % size ? PAGE_HEADER : FILE_HEADER;
    const count = Math.min(missing, PAGE - (at % PAGE) - header);
    parts.push(readAt(file, (at % size) + header, count));
    missing -= count;
    at += header + count;
  }
  return Buffer.concat(parts);
}

function fileOf(timeline: string, position: number, size: number): string {
  const number = Math.floor(position / size);
  const perId = 0x100000000 / size;
  return `${timeline}${[Math.floor(number / perId), number % perId].map((part) => part.toString(16).toUpperCase().padStart(8, '0')).join('')}`;
}

function readAt(file: string, offset: number, count: number): Buffer {
  const bytes = Buffer.alloc(count);
  const opened = openSync(file, 'r');
  try {
    return bytes.subarray(0, readSync(opened, bytes, 0, count, offset));
  } finally {
    closeSync(opened);
  }
}
