import { parseNames } from './name-list';
import { isLogTimeZone, isSessionTimeZone } from './time-zone';

/** What is allowed, where the server refuses to start with the text. */
type Form = (text: string) => string | undefined;

/** Encodings and their other names, as the server compares them: lower-case letters and digits only. */
const ENCODINGS = new Set(('abc alt big5 euccn eucjis2004 eucjp euckr euctw gb18030 gbk johab koi8 koi8r koi8u latin1 latin2 latin3 latin4 latin5 latin6 latin7 '
  + 'latin8 latin9 latin10 mskanji muleinternal shiftjis shiftjis2004 sjis sqlascii tcvn tcvn5712 uhc unicode utf8 vscii '
  + 'iso88591 iso88592 iso88593 iso88594 iso88595 iso88596 iso88597 iso88598 iso88599 iso885910 iso885913 iso885914 iso885915 iso885916 '
  + 'win win866 win874 win932 win936 win949 win950 win1250 win1251 win1252 win1253 win1254 win1255 win1256 win1257 win1258 windows866 windows874 windows932 '
  + 'windows936 windows949 windows950 windows1250 windows1251 windows1252 windows1253 windows1254 windows1255 windows1256 windows1257 windows1258').split(' '));

/** What a word of DateStyle decides; some words may go on as they like. */
const DATE_STYLES: readonly (readonly [RegExp, string, string])[] = [
  [/^iso$/i, 'style', 'ISO'], [/^sql$/i, 'style', 'SQL'], [/^postgres/i, 'style', 'Postgres'], [/^german$/i, 'style', 'German'],
  [/^ymd$/i, 'order', 'YMD'], [/^(dmy$|euro)/i, 'order', 'DMY'], [/^(mdy$|us$|noneuro)/i, 'order', 'MDY'], [/^default$/i, 'default', ''],
];

const free: Form = () => undefined;
const notEmpty: Form = (text) => text === '' ? 'a name is allowed' : undefined;
const sessionTimeZone: Form = (text) => isSessionTimeZone(text) ? undefined
  : 'a name of the IANA database such as Europe/Paris, hours east of Greenwich such as -7, or a zone spelled out such as EST5EDT is allowed';
const logTimeZone: Form = (text) => isLogTimeZone(text) ? undefined
  : 'a name of the IANA database such as Europe/Paris or a zone spelled out such as EST5EDT is allowed';
const encoding: Form = (text) => ENCODINGS.has(text.replace(/[^A-Za-z0-9]/g, '').toLowerCase()) ? undefined : 'an encoding such as UTF8 or LATIN1 is allowed';
const abbreviations: Form = (text) => /^[A-Za-z]+$/.test(text) ? undefined : 'one of Default, Australia, India is allowed';
const functions: Form = (text) => /^[A-Za-z0-9_, \t\n]*$/.test(text) ? undefined : 'names of C functions with commas between them are allowed';
const names: Form = (text) => parseNames(text) === undefined
  ? 'names with commas between them are allowed, in double quotes where a name has a space or a comma' : undefined;
/** The server cuts a name after 63 bytes before it looks at it. */
const slots: Form = (text) => parseNames(text)?.every((name) => /^([a-z0-9_]{60}|[a-z0-9_]+$)/.test(name)) ? undefined
  : 'names of lower-case letters, digits and underscores with commas between them are allowed';
const words = (...known: string[]): Form => (text) => parseNames(text)?.every((word) => known.includes(word.toLowerCase())) ? undefined
  : `words of ${known.join(', ')} with commas between them are allowed`;

const aspects = words('receipt', 'authentication', 'authorization', 'setup_durations', 'all');
/** Before it was a list it was a boolean, whose words stand alone. */
const connectionAspects: Form = (text) => {
  const [first, ...others] = parseNames(text) ?? [];
  return others.length === 0 && /^(on|off|true|false|yes|no|1|0)$/i.test(first ?? '') ? undefined : aspects(text);
};

const dateStyle: Form = (text) => {
  const allowed = 'one of ISO, SQL, Postgres, German and one of YMD, DMY, MDY with a comma between them are allowed';
  const decided = new Map<string, string>();
  for (const word of parseNames(text) ?? ['?']) {
    const [, aspect, value] = DATE_STYLES.find(([pattern]) => pattern.test(word)) ?? [];
    if (aspect === undefined || value === undefined || (decided.get(aspect) ?? value) !== value) return allowed;
    decided.set(aspect, value);
  }
  return undefined;
};

/**
 * The form of each parameter that is a text. What nobody but the server's surroundings knows, such as files, libraries, locales and tables, is free:
 * no server checks it when it reads its configuration, or each by what its image has.
 */
const TABLE: readonly (readonly [Form, string])[] = [
  [free, 'application_name event_source bonjour_name syslog_ident log_line_prefix log_directory log_filename'],
  [free, 'archive_command archive_cleanup_command recovery_end_command ssl_passphrase_command promote_trigger_file krb_server_keyfile'],
  [free, 'ssl_ca_file ssl_cert_file ssl_crl_dir ssl_crl_file ssl_dh_params_file ssl_key_file ssl_ciphers ssl_ecdh_curve ssl_groups ssl_tls13_ciphers'],
  [free, 'archive_library jit_provider shared_preload_libraries session_preload_libraries local_preload_libraries oauth_validator_libraries'],
  [free, 'output_plugin_libraries dynamic_library_path extension_control_path extension_destdir'],
  [free, 'default_tablespace default_text_search_config lc_monetary lc_numeric lc_time'],
  [notEmpty, 'default_table_access_method lc_messages'],
  [sessionTimeZone, 'timezone'],
  [logTimeZone, 'log_timezone'],
  [abbreviations, 'timezone_abbreviations'],
  [encoding, 'client_encoding'],
  [dateStyle, 'datestyle'],
  [functions, 'backtrace_functions'],
  // the words of wal_consistency_checking are those of the loaded libraries too
  [names, 'search_path temp_tablespaces wal_consistency_checking'],
  [slots, 'synchronized_standby_slots'],
  [words('set', 'inherit'), 'createrole_self_grant'],
  [words('data', 'wal', 'wal_init'), 'debug_io_direct'],
  [words('view', 'foreign-table'), 'restrict_nonsystem_relation_kind'],
  [connectionAspects, 'log_connections'],
];

const FORMS: ReadonlyMap<string, Form> = new Map(TABLE.flatMap(([form, all]) => all.split(' ').map((name) => [name, form] as const)));

/** Whether it has been settled what the parameter's text may be. */
export function hasForm(name: string): boolean {
  return FORMS.has(name.toLowerCase());
}

/** What is allowed, where every server refuses to start with the text. */
export function whyIllegalText(name: string, text: string): string | undefined {
  return FORMS.get(name.toLowerCase())?.(text);
}
