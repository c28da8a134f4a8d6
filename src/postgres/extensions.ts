/**
 * Libraries that an extension must have preloaded: extension → library. Names that are not here need nothing.
 *
 * A map without a prototype: names such as `constructor` must not be found in it.
 */
const PRELOADED: ReadonlyMap<string, string> = new Map(Object.entries({
  citus: 'citus',
  credcheck: 'credcheck',
  pg_cron: 'pg_cron',
  pg_ivm: 'pg_ivm',
  pg_net: 'pg_net',
  pg_qualstats: 'pg_qualstats',
  pg_squeeze: 'pg_squeeze',
  pg_stat_kcache: 'pg_stat_kcache',
  pg_stat_monitor: 'pg_stat_monitor',
  pg_stat_statements: 'pg_stat_statements',
  pg_tle: 'pg_tle',
  pg_wait_sampling: 'pg_wait_sampling',
  pgaudit: 'pgaudit',
  pglogical: 'pglogical',
  set_user: 'set_user',
  timescaledb: 'timescaledb',
}));

/** Extensions that look at what another one has collected, and load after it. */
const AFTER: ReadonlyMap<string, string> = new Map(Object.entries({ pg_stat_kcache: 'pg_stat_statements' }));

/** Extensions whose library must be the first one. */
const FIRST = ['citus', 'timescaledb'];

export interface Preload {
  readonly library: string;
  readonly extensions: readonly string[];
}

/**
 * The libraries of `shared_preload_libraries`: the user's in the user's order, then what the extensions ask for and the user has not written.
 *
 * @see https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-SHARED-PRELOAD-LIBRARIES
 */
export function preloadOf(parameter: string, extensions: readonly string[]): Preload[] {
  const own = parameter.split(',').map((library) => library.trim()).filter((library) => library !== '');
  const known = own.map((library) => library.replace(/"/g, '').replace(/^\$libdir\//, ''));
  const asking = [...new Set(extensions)].sort().flatMap((extension) => {
    const before = AFTER.get(extension);
    const library = PRELOADED.get(extension);
    return [before, library].flatMap((one) => one === undefined ? [] : [{ extension, library: one }]);
  });
  const added = [...new Set(asking.map(({ library }) => library))].filter((library) => !known.includes(library))
    .map((library) => ({ library, extensions: [...new Set(asking.filter((one) => one.library === library).map(({ extension }) => extension))] }));
  const first = added.filter(({ library }) => FIRST.includes(library));
  return [...first, ...own.map((library) => ({ library, extensions: [] })), ...added.filter((one) => !first.includes(one))];
}

/** Roles that every server of that major has, of which others may be members. */
export function predefinedRoles(major: number): string[] {
  return [
    'pg_read_all_data', 'pg_write_all_data', 'pg_read_all_settings', 'pg_read_all_stats', 'pg_stat_scan_tables', 'pg_monitor', 'pg_signal_backend',
    'pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program', 'pg_checkpoint',
    ...major >= 16 ? ['pg_use_reserved_connections', 'pg_create_subscription'] : [],
    ...major >= 17 ? ['pg_maintain'] : [],
    ...major >= 18 ? ['pg_signal_autovacuum_worker'] : [],
  ];
}
