import { findParameter, Parameter } from '../../src/postgres/catalogue';
import { parseCount, parseMebibytes, whyIllegal } from '../../src/postgres/parameter-value';

test.each([
  ['100', 100], [' 7 ', 7], ['0x6', 6], ['0X1f', 31], ['0x', undefined], ['', undefined], ['1.5', 2], ['-1', -1], ['1MB', undefined],
])('the count %j is %p', (text, count) => {
  expect(parseCount(text)).toBe(count);
});

test.each([
  ['128MB', '8kB', 128], ['1GB', 'kB', 1024], ['1TB', 'MB', 1024 * 1024], ['512kB', 'kB', 0.5], ['16384', '8kB', 128], ['64', 'MB', 64],
  ['1.5GB', '8kB', 1536], [' 1 GB ', '8kB', 1024], ['0x10', 'MB', 16], ['1048576B', 'kB', 1], ['1mb', '8kB', undefined], ['lots', '8kB', undefined],
  ['', 'kB', undefined], ['1min', 'kB', undefined],
])('the size %j of a parameter in %s is %p MiB', (text, unit, mebibytes) => {
  expect(parseMebibytes(text, unit)).toBe(mebibytes);
});

const known = (name: string): Parameter => findParameter(name)!;

test.each([
  ['work_mem', '64MB'], ['work_mem', '65536'], ['checkpoint_timeout', '15min'], ['checkpoint_timeout', '900'], ['jit', 'ON'], ['jit', 'tr'], ['jit', '0'],
  ['random_page_cost', '1.1'], ['wal_level', 'LOGICAL'], ['synchronous_commit', 'off'], ['synchronous_commit', 'true'], ['log_line_prefix', 'any \' text'],
  ['unix_socket_permissions', '0770'], ['TimeZone', 'Europe/Paris'], ['application_name', '"any'], ['shared_preload_libraries', 'a b'],
  ['wal_compression', 'zstd'], ['wal_compression', 'NO'], ['max_connections', '0x64'], ['max_wal_senders', '0'], ['autovacuum_vacuum_cost_delay', '2ms'], ['log_min_duration_statement', '-1'],
])('%s = %s is legal', (name, value) => {
  expect(whyIllegal(name, known(name), value)).toBeUndefined();
});

test.each([
  ['work_mem', '64mb', /units kB|kB/], ['work_mem', '1', /between 64 and/], ['checkpoint_timeout', '15 parsecs', /units of s/], ['jit', 'o', /boolean/],
  ['random_page_cost', 'cheap', /a number between/], ['wal_level', 'none', /one of minimal, replica, logical/], ['max_connections', '1e9', /between 1 and/],
  ['wal_compression', 'tr', /one of/], ['synchronous_commit', 'y', /one of/], ['max_connections', '0100', /octal/], ['work_mem', '010MB', /octal/],
  ['TimeZone', 'Mars', /IANA database such as Europe\/Paris, hours east/], ['log_timezone', 'Mars', /or a zone spelled out/], ['DateStyle', 'ISO, SQL', /one of ISO/],
  ['search_path', 'a b', /in double quotes/], ['client_encoding', 'UTF16', /such as UTF8/], ['createrole_self_grant', 'all', /words of set, inherit/],
  ['log_connections', 'on, receipt', /words of receipt,/], ['transaction_buffers', '17', /a multiple of 16/], ['vacuum_buffer_usage_limit', '1kB', /at least 128kB/],
  ['bonjour', 'on', /macOS/], ['lc_messages', '', /a name is allowed/], ['backtrace_functions', '*', /C functions/], ['timezone_abbreviations', 'x.y', /Australia/],
  ['synchronized_standby_slots', 'A-b', /lower-case/],
])('%s = %s is refused', (name, value, reason) => {
  expect(whyIllegal(name, known(name), value)).toMatch(reason);
});
