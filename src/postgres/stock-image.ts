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

/** Old names of time zones, without those that the server reads as zones spelled out, such as EST5EDT. From tzdata-legacy 2026c of Debian 13. */
const LEGACY_TIME_ZONES = new Set((
  'Africa/Asmera America/Argentina/ComodRivadavia America/Buenos_Aires America/Catamarca America/Cordoba America/Fort_Wayne'
  + ' America/Godthab America/Indianapolis America/Jujuy America/Knox_IN America/Louisville America/Mendoza America/Rosario'
  + ' Antarctica/South_Pole Asia/Ashkhabad Asia/Calcutta Asia/Choibalsan Asia/Chungking Asia/Dacca Asia/Katmandu Asia/Macao'
  + ' Asia/Rangoon Asia/Saigon Asia/Thimbu Asia/Ujung_Pandang Asia/Ulan_Bator Atlantic/Faeroe Australia/ACT Australia/LHI'
  + ' Australia/NSW Australia/North Australia/Queensland Australia/South Australia/Tasmania Australia/Victoria Australia/West'
  + ' Brazil/Acre Brazil/DeNoronha Brazil/East Brazil/West CET Canada/Atlantic Canada/Central Canada/Eastern Canada/Mountain'
  + ' Canada/Newfoundland Canada/Pacific Canada/Saskatchewan Canada/Yukon Chile/Continental Chile/EasterIsland Cuba EET EST Egypt Eire'
  + ' Europe/Kiev Europe/Uzhgorod Europe/Zaporozhye GB GB-Eire Greenwich HST Hongkong Iceland Iran Israel Jamaica Japan Kwajalein'
  + ' Libya MET MST Mexico/BajaNorte Mexico/BajaSur Mexico/General NZ NZ-CHAT Navajo PRC Pacific/Enderbury Pacific/Ponape Pacific/Truk'
  + ' Poland Portugal ROC ROK Singapore Turkey UCT US/Alaska US/Aleutian US/Arizona US/Central US/East-Indiana US/Eastern US/Hawaii'
  + ' US/Indiana-Starke US/Michigan US/Mountain US/Pacific US/Samoa Universal W-SU WET Zulu'
).toLowerCase().split(' '));

/** Whether the name is one of those that Debian 13 moved out of the package that the official image has. */
export function isLegacyTimeZone(name: string): boolean {
  return LEGACY_TIME_ZONES.has(name.toLowerCase());
}
