/** Names that stand for files of the server's own copy or of a system; Node knows all others. */
const FILES = /^(factory|localtime|posixrules|posix\/.+)$/i;

const NUMBER = /^[ \t]*[+-]?(?:0x[0-9a-f]+|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)$/i;
const INTERVAL = /^interval[ \t]*'[^']*'$/i;

/** Hours of at most a week, minutes and seconds; a digit or colon behind them belongs to them. */
const OFFSET = '[+-]?0*(?:\\d{1,2}|1[0-5]\\d|16[0-7])(?::0*[0-5]?\\d(?::0*(?:[0-5]?\\d|60))?)?(?![\\d:])';
const RULE = `(?:J?\\d+|M\\d+\\.\\d+\\.\\d+)(?:/${OFFSET})?`;
/** A zone spelled out after POSIX: abbreviation, offset, and the same for the summer; the abbreviation may be anything, and even be missing. */
const SPELLED = new RegExp(`^(?:<[^>]*>|[^<\\d,+-][^\\d,+-]*)?${OFFSET}(?:(?:<[^>]*>|[^<\\d,+-][^\\d,+-]*)(?:${OFFSET})?(?:[,;]${RULE},${RULE})?)?$`);

/** Abbreviations that only Node takes for a name: to a server they are no time zones but parts of a time stamp. */
const ABBREVIATIONS = /^(act|aet|agt|art|ast|bet|bst|cat|cnt|cst|ctt|eat|ect|iet|ist|jst|mit|net|nst|plt|pnt|prt|pst|sst|vst)$/i;

/** Areas that still get new names, and a place in one of them; the others hold old names and fixed offsets only. */
const YOUNGER = /^(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)(?:\/[A-Za-z][A-Za-z_-]{1,13}){1,2}$/i;

/** A formatter of dates takes its time: asked once for each name. */
const known = new Map<string, boolean>();

/**
 * Whether a server takes the time zone for its sessions: hours east of Greenwich, an interval, or what it takes for its log too.
 *
 * @see https://www.postgresql.org/docs/current/datatype-datetime.html#DATATYPE-TIMEZONES
 */
export function isSessionTimeZone(text: string): boolean {
  if (/^interval/i.test(text)) return INTERVAL.test(text);
  if (NUMBER.test(text)) return Math.abs(Number(text.replace(/^([ \t]*)[+-]/, '$1'))) < 168;
  return isLogTimeZone(text);
}

/** Whether a server takes the time zone for its log: a name in any case, or a zone spelled out. What may be a younger name is let pass. */
export function isLogTimeZone(text: string): boolean {
  return SPELLED.test(text) || FILES.test(text) || isName(text) || isPerhapsTimeZone(text);
}

/**
 * Whether Node does not know the name, and it may be one all the same: new names come to the IANA database every few years, to a server with a new
 * image and to Node with a new Node. A refusal would keep somebody from a zone that works; a misspelt place looks no different, so it is told.
 *
 * @see https://data.iana.org/time-zones/theory.html#naming
 */
export function isPerhapsTimeZone(text: string): boolean {
  return YOUNGER.test(text) && !isName(text);
}

function isName(text: string): boolean {
  const result = known.get(text) ?? isKnownToNode(text);
  known.set(text, result);
  return result;
}

function isKnownToNode(name: string): boolean {
  if (ABBREVIATIONS.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
