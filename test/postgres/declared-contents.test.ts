import { contentsScript, Contents, isEmpty } from '../../src/postgres/declared-contents';
import { preloadOf } from '../../src/postgres/extensions';

const empty: Contents = { database: 'app', owner: 'app', extensions: [], schemas: [], grants: [] };
const grant = { role: 'r"e\'a\\d', schema: '%s', table: '', privileges: [] } as const;

test('a database without anything declared inside has nothing to do', () => {
  expect(isEmpty(empty)).toBe(true);
  expect(isEmpty({ ...empty, schemas: ['a'] })).toBe(false);
});

test('quotes names as constants, and leaves the identifiers to the server', () => {
  const script = contentsScript({ ...empty, grants: [{ ...grant, kind: 'read' }] });
  expect(script).toContain("format('GRANT SELECT ON TABLE %I.%I TO %I', nspname, relname, E'r\"e''a\\\\d')");
  expect(script).not.toMatch(/GRANT [A-Z]+ ON [A-Z]+ "?%s/);
});

test('takes nothing away', () => {
  const script = contentsScript({ ...empty, extensions: ['a'], schemas: ['b'], grants: [{ ...grant, kind: 'write' }, { ...grant, kind: 'create' }] });
  expect(script).not.toMatch(/REVOKE|DROP|ALTER (?!DEFAULT PRIVILEGES)/);
});

test('says each thing once, however many privileges ask for it', () => {
  const script = contentsScript({ ...empty, grants: [{ ...grant, kind: 'write' }, { ...grant, kind: 'read' }, { ...grant, kind: 'create' }] });
  expect(script.match(/there is no schema/g)).toHaveLength(1);
  expect(script.match(/GRANT CONNECT/g)).toHaveLength(1);
});

test.each([
  ['', ['pg_trgm'], ''],
  ['', ['pg_stat_statements'], 'pg_stat_statements<pg_stat_statements'],
  ['auto_explain', ['pg_cron', 'pg_stat_statements'], 'auto_explain pg_cron<pg_cron pg_stat_statements<pg_stat_statements'],
  ['"$libdir/pg_cron" , auto_explain', ['pg_cron'], '"$libdir/pg_cron" auto_explain'],
  ['auto_explain', ['timescaledb'], 'timescaledb<timescaledb auto_explain'],
  ['', ['pg_stat_kcache'], 'pg_stat_statements<pg_stat_kcache pg_stat_kcache<pg_stat_kcache'],
  ['', ['constructor', '__proto__'], ''],
])('what is preloaded for «%s» and the extensions %j', (parameter, extensions, expected) => {
  expect(preloadOf(parameter, extensions).map(({ library, extensions: by }) => [library, ...by].join('<')).join(' ')).toBe(expected);
});
