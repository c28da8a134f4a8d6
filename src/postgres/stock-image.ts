/**
 * Libraries of the official images that a server can be told to load: those of contrib. Languages and conversions are loaded by themselves.
 *
 * @see https://www.postgresql.org/docs/current/contrib.html
 */
const LIBRARIES = new Set(('auth_delay auto_explain basebackup_to_shell basic_archive passwordcheck pg_overexplain pg_prewarm pg_stat_statements sepgsql '
  + '_int adminpack amcheck autoinc bloom btree_gin btree_gist citext cube dblink dict_int dict_xsyn earthdistance file_fdw fuzzystrmatch hstore '
  + 'insert_username isn llvmjit lo ltree moddatetime old_snapshot pageinspect pg_buffercache pg_freespacemap pg_logicalinspect pg_surgery pg_trgm '
  + 'pg_visibility pg_walinspect pgcrypto pgoutput pgrowlocks pgstattuple pgxml plpgsql postgres_fdw refint seg sslinfo tablefunc tcn test_decoding '
  + 'tsm_system_rows tsm_system_time unaccent uuid-ossp').split(' '));

/** The libraries of the list that the official images do not have; a library of a path is somebody's own. */
export function missingLibraries(list: string): string[] {
  return list === '' ? [] : list.split(',')
    .map((item) => item.trim().replace(/^"(.*)"$/, '$1').replace(/^\$libdir\//, '').replace(/\.so$/, ''))
    .filter((library) => !library.includes('/') && !LIBRARIES.has(library));
}

/** Whether the official images of Debian have the locale; those of Alpine take any name. */
export function isStockLocale(locale: string): boolean {
  return /^(|C|POSIX|(C|en_US)\.([Uu][Tt][Ff]-?8))$/.test(locale);
}
