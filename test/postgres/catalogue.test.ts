import { findParameter, isExtensionParameter, needsRestart, similarParameters } from '../../src/postgres/catalogue';
import catalogue from '../../src/postgres/catalogue.json';
import { insteadOf } from '../../src/postgres/reserved';
import { hasForm } from '../../src/postgres/text-forms';

test('knows every parameter by its name in any case', () => {
  expect(findParameter('TimeZone')).toBe(findParameter('timezone'));
  expect(findParameter('timezone')).toMatchObject({ kind: 'string' });
});

test.each(['__proto__', 'constructor', 'toString', ''])('%j is no parameter', (name) => {
  expect(findParameter(name)).toBeUndefined();
  expect(insteadOf(name)).toBeUndefined();
});

test.each([['shared_buffers', true], ['max_connections', true], ['work_mem', false], ['wal_compression', false], ['unknown', false]])(
  'a change of %s needs a restart: %p', (name, restart) => {
    expect(needsRestart(name, 18)).toBe(restart);
  });

test.each([
  ['pg_stat_statements.max', true], ['pg_stat_statements.track', false], ['PG_Stat_Statements.Save', false], ['auto_explain.log_min_duration', false],
  ['pgaudit.log_catalog', false], ['cron.database_name', true], ['timescaledb.max_background_workers', true],
])('a change of the extension\'s %s needs a restart: %p', (name, restart) => {
  expect(needsRestart(name, 18)).toBe(restart);
});

test('says what the asked major says', () => {
  expect([15, 17, 18].map((major) => needsRestart('autovacuum_max_workers', major))).toEqual([true, true, false]);
  expect([15, 18].map((major) => findParameter('log_connections', major)?.kind)).toEqual(['bool', 'string']);
  expect([15, 17].map((major) => findParameter('maintenance_work_mem', major)?.min)).toEqual([1024, 64]);
  expect(findParameter('io_combine_limit', 17)).toMatchObject({ min: 1, max: 32, unit: '8kB' });
});

test.each([15, 16, 17, 18])('takes the values that only other builds have on %d', (major) => {
  expect(findParameter('wal_compression', major)?.values).toEqual(expect.arrayContaining(['pglz', 'lz4', 'zstd', 'on', 'off']));
});

test.each([['pg_stat_statements.max', true], ['a.b.c', true], ['work_mem', false], ['a.', false], ['.b', false], ["a.b'", false]])('%s belongs to an extension: %p', (name, extension) => {
  expect(isExtensionParameter(name)).toBe(extension);
});

test('close names come first', () => {
  expect(similarParameters('max_connection')[0]).toBe('max_connections');
  expect(similarParameters('nothing_like_this_exists')).toEqual([]);
});

test('holds the parameters of four majors, each with its bounds', () => {
  const all = Object.entries(catalogue as Record<string, { kind: string; majors: number[]; min?: number; max?: number; values?: string[] }>);
  expect(all.length).toBeGreaterThan(350);
  expect(all.filter(([, { majors }]) => majors.length === 0 || majors.some((major) => major < 15 || major > 18))).toEqual([]);
  expect(all.filter(([, { kind, min, max }]) => ['integer', 'real'].includes(kind) && (min === undefined || max === undefined))).toEqual([]);
  expect(all.filter(([, { kind, values }]) => kind === 'enum' && !values?.length)).toEqual([]);
});

test('it is settled what each text may be', () => {
  const texts = Object.entries(catalogue as Record<string, { kind: string; context: string }>)
    .filter(([name, { kind, context }]) => kind === 'string' && context !== 'internal' && insteadOf(name) === undefined);
  expect(texts.length).toBeGreaterThan(40);
  expect(texts.map(([name]) => name).filter((name) => !hasForm(name))).toEqual([]);
});

test.each(['listen_addresses', 'PORT', 'unix_socket_group', 'recovery_target_lsn', 'Restore_Command'])('%s is reserved in any case', (name) => {
  expect(insteadOf(name)).toMatch(/./);
});
