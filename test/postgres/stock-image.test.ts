import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isLegacyTimeZone, isStockLocale, missingLibraries } from '../../src/postgres/stock-image';
import { serversThatCan } from '../support/servers';

test.each([
  ['', []], ['pg_stat_statements', []], [' pg_stat_statements , "auto_explain"', []], ['$libdir/pg_trgm.so', []], ['/opt/mine.so', []],
  ['pg_stat_statements, pg_cron', ['pg_cron']], ['timescaledb', ['timescaledb']], ['a,', ['a', '']],
])('of the libraries %j the official image lacks %j', (list, missing) => {
  expect(missingLibraries(list)).toEqual(missing);
});

test.each([['C', true], ['POSIX', true], ['C.utf8', true], ['en_US.UTF-8', true], ['', true], ['c', false], ['de_DE.UTF-8', false], ['en_US', false]])(
  'the official image has the locale %j: %p', (locale, stock) => {
    expect(isStockLocale(locale)).toBe(stock);
  });

test.each([['US/Pacific', true], ['nz', true], ['Europe/Kiev', true], ['Europe/Kyiv', false], ['EST5EDT', false], ['UTC', false], ['Etc/UTC', false], ['America/New_York', false]])(
  'Debian 13 keeps the time zone %j apart: %p', (name, legacy) => {
    expect(isLegacyTimeZone(name)).toBe(legacy);
  });

test('the libraries of the Debian package are known', async () => {
  const [{ bin }] = await Promise.all(serversThatCan('contrib', 'jit').map((server) => server.bring()));
  const folder = join(bin, '../lib');
  const libraries = readdirSync(folder).filter((file) => file.endsWith('.so') && !/_and_|^(dict_snowball|libpqwalreceiver|euc2004_sjis2004)/.test(file));
  expect(libraries.length).toBeGreaterThan(40);
  expect(missingLibraries(libraries.join())).toEqual([]);
});
