import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server } from './servers';
import { quoteSetting } from '../../src/postgres/quoting';

/** A parameter and a value. */
export type Assignment = readonly [name: string, value: string];

/** What every server that knows the parameter takes. */
export const LEGAL: Readonly<Record<string, readonly string[]>> = {
  timezone: [
    'UTC', 'utc', 'Europe/Paris', 'europe/PARIS', 'EST', 'EST5EDT', 'Zulu', 'Etc/GMT+5', 'Factory', '5', '5.5', '-7', '+3', ' 5', '5 ', '0x5', '1.5e1', '167', '+02:00', '-05:30',
    'INTERVAL \'5\'', 'interval \'5 hours\'', 'interval\'-2:30\'', 'GMT+5', 'UTC-5:30', 'UTC+25', 'UTC+167', 'CET-1CEST', '<+03>-3', '<a>5', 'AB5', 'foo-5bar6', 'SystemV/AST4',
    'EST5EDT,M3.2.0,M11.1.0', 'EST5EDT,M3.2.0/2:00,M11.1.0', 'ABC5DEF,J60,J300', 'ABC5DEF,60,300', '<-03>3<-02>,M3.5.0/-2,M10.5.0/-1',
  ],
  log_timezone: ['UTC', 'America/New_York', '5', '5.5', '0x5', 'GMT+5', 'interval\'-2:30\'a'],
  timezone_abbreviations: ['Default', 'Australia', 'India'],
  datestyle: [
    'ISO', 'ISO, MDY', 'iso,dmy', 'German', 'german, dmy', 'European', 'US', 'NonEuropean', 'Euro, European', 'DEFAULT', 'SQL, DEFAULT', '', ' ', 'Postgres', 'PostgreSQL', 'YMD', '"ISO", "MDY"',
    'ISO, ISO',
  ],
  client_encoding: [
    'UTF8', 'utf-8', 'UTF_8', 'Unicode', 'LATIN1', 'ISO-8859-1', 'ISO_8859_5', 'SQL_ASCII', 'WIN1252', 'windows-1252', 'ALT', 'KOI8R', 'KOI8U', 'VSCII', 'SHIFT_JIS_2004', 'EUC_JIS_2004', 'u t f 8', '"UTF8"',
  ],
  search_path: [
    '', 'public', '"$user", public', '$user,public', 'a.b', 'a-b', '"a b"', '1a', '  a , b ', '"a""b"', '""', 'é', 'a\u00a0b', 'it\'s', 'a"b', 'A'.repeat(70), 'a\\b',
  ],
  temp_tablespaces: ['', 'a', 'a, "b c"'],
  wal_consistency_checking: ['', 'all', 'Heap, "btree"', 'my_resource_manager'],
  backtrace_functions: ['', 'a', 'a,b', 'a b', 'A9_', ' , '],
  createrole_self_grant: ['', 'set', 'INHERIT', 'SET, inherit', '"SET"', 'set,set'],
  debug_io_direct: ['', 'data', 'DATA, wal', 'wal_init', '"DATA"', 'data,data'],
  restrict_nonsystem_relation_kind: ['', 'view', 'view, foreign-table', '"VIEW"', 'Foreign-Table'],
  synchronized_standby_slots: ['', 'a', 'a_1, b', 'A', '"a"', `${'x'.repeat(63)}é`],
  log_connections: ['on', 'OFF', 'true', 'no', '1'],
  default_table_access_method: ['heap', 'a b'],
  lc_messages: ['C', 'POSIX'],
  lc_time: ['', 'C'],
  unix_socket_permissions: ['0777', '0700', '511', '0x1ff'],
  log_file_mode: ['0640', '0600'],
  vacuum_buffer_usage_limit: ['0', '128', '2MB', '127.6'],
  transaction_buffers: ['0', '16', '1MB'],
  multixact_offset_buffers: ['16', '131072'],
  io_max_concurrency: ['-1', '1'],
  bonjour: ['off'],
};

/** What only the newest server takes. */
export const LEGAL_ON_18: Readonly<Record<string, readonly string[]>> = {
  log_connections: ['', 'receipt', 'ALL', 'receipt,authentication', 'setup_durations', '"Receipt"', 'all, authorization', ' on', '"on"'],
};

/** What no server takes that knows the parameter. */
export const ILLEGAL: Readonly<Record<string, readonly string[]>> = {
  timezone: [
    '', ' ', 'Mars', 'Mars/Olympus', 'XYZ', 'PST', 'ist', 'MEZ', 'Europe', 'Europe/', 'UTC ', ' UTC', 'local', 'default', '168', '-200', '99999', 'nan', '../UTC', '/usr/share/zoneinfo/UTC',
    'EST5XXX,', 'UTC+168', 'ABC5:61', 'ABC5:', 'ABC1680', 'ABC5DEF,nonsense', 'Etc/Unknown', 'INTERVAL \'+02:30\' HOUR TO MINUTE',
  ],
  log_timezone: ['', 'Mars', '1.5e1', 'PST', '168', 'INTERVAL \'x\''],
  timezone_abbreviations: ['', 'a.b', '../x', 'Default.txt', 'é', 'a b'],
  datestyle: ['ISO MDY', 'ISO,SQL', 'MDY,DMY', 'German, MDY, DMY', 'isox', 'USx', 'ISO,,MDY', 'ISO,', 'nonsense'],
  client_encoding: ['', 'cp1252', 'auto', 'DEFAULT', 'UTF16', 'nonsense', 'utf8, latin1'],
  search_path: ['a b', '"a" b', 'a,', 'a,,b', ',a', '"', '"a', '"a",', 'a .b'],
  temp_tablespaces: ['a b', 'a,'],
  wal_consistency_checking: ['heap btree', 'heap,'],
  backtrace_functions: ['a-b', 'a.b', '*', 'é', 'a$'],
  createrole_self_grant: ['none', 'set inherit', 'set,', 'on'],
  debug_io_direct: ['all', 'data wal', 'none', 'on'],
  restrict_nonsystem_relation_kind: ['table', 'view,', 'all', 'foreign table'],
  synchronized_standby_slots: ['a-b', '"A"', 'a b', '*', 'é', '""', 'a,'],
  log_connections: ['o', 'none', 'onx', 'on, receipt', 'receipt,'],
  default_table_access_method: [''],
  lc_messages: [''],
  unix_socket_permissions: ['0888', '01000', '777'],
  vacuum_buffer_usage_limit: ['1', '127', '64kB'],
  transaction_buffers: ['1', '17', '24kB'],
  multixact_offset_buffers: ['17'],
  io_max_concurrency: ['0'],
};

/** What no server takes today, and one with a younger list of time zones might: let pass with a warning. */
export const PERHAPS: Readonly<Record<string, readonly string[]>> = {
  timezone: ['Europe/Pariss', 'america/north_dakota/nowhere'],
  log_timezone: ['Europe/Pariss', 'Arctic/No-where'],
};

/** Rounds in which each parameter has one value, so that one start of the server judges all of them. */
export function rounds(values: Readonly<Record<string, readonly string[]>>): Assignment[][] {
  const longest = Math.max(...Object.values(values).map(({ length }) => length));
  return Array.from({ length: longest }, (_, round) =>
    Object.entries(values).flatMap(([name, all]): Assignment[] => round < all.length ? [[name, all[round]]] : []));
}

/** The values of a configuration that the server would not start with, as it says itself. */
export async function refused(server: Server, assignments: readonly Assignment[]): Promise<Assignment[]> {
  const { bin } = await server.bring();
  const directory = await mkdtemp(join(tmpdir(), 'parameter-values-'));
  try {
    await writeFile(join(directory, 'postgresql.conf'), assignments.map(([name, value]) => `${name} = ${quoteSetting(value)}\n`).join(''));
    const { failed, said } = await run(join(bin, 'postgres'), ['-C', 'work_mem', '-D', directory]);
    // the only refusal that does not name its parameter
    const named = said.replace('could not read time zone file', 'parameter "timezone_abbreviations"');
    const names = new Set([...named.matchAll(/^.*LOG: .*\bparameter "([^"]+)"/gm)].map(([, name]) => name.toLowerCase()));
    if (failed !== names.size > 0) throw new Error(`${server} says nothing of a parameter: ${said}`);
    return assignments.filter(([name]) => names.has(name.toLowerCase()));
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Reading one value from a configuration needs no database, and root may do it. */
function run(program: string, args: readonly string[]): Promise<{ readonly failed: boolean; readonly said: string }> {
  const env = { ...process.env, LC_ALL: 'C' };
  return new Promise((done) => execFile(program, args, { env }, (failure, _, said) => done({ failed: failure !== null, said })));
}
