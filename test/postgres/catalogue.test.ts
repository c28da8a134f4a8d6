import { findParameter, isExtensionParameter, needsRestart, similarParameters } from '../../src/postgres/catalogue';
import catalogue from '../../src/postgres/catalogue.json';
import { insteadOf } from '../../src/postgres/reserved';

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
    expect(needsRestart(name)).toBe(restart);
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

test.each(['listen_addresses', 'PORT', 'recovery_target_lsn', 'Restore_Command'])('%s is reserved in any case', (name) => {
  expect(insteadOf(name)).toMatch(/./);
});
