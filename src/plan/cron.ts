const FIELDS = [
  { name: 'minute', low: 0, high: 59, words: [] },
  { name: 'hour', low: 0, high: 23, words: [] },
  { name: 'day', low: 1, high: 31, words: [] },
  { name: 'month', low: 1, high: 12, words: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'] },
  { name: 'weekday', low: 0, high: 6, words: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
] as const;

type Field = typeof FIELDS[number];

/** The most days that each month can have. */
const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Why a schedule of five fields never comes, or nothing.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax
 */
export function whyImpossible(schedule: string): string | undefined {
  const texts = schedule.trim().split(/\s+/);
  if (texts.length !== FIELDS.length) return `it has ${texts.length} fields, not five`;
  const values = FIELDS.map((field, index) => parseField(field, texts[index]));
  const wrong = FIELDS.findIndex((_, index) => values[index] === undefined);
  if (wrong >= 0) return `the ${FIELDS[wrong].name} is "${texts[wrong]}"`;
  const [, , days, months] = values as number[][];
  // Where a weekday is given too, either of the two is enough.
  const weekdayDecides = !texts[4].split(',').some((part) => /^[*?](\/0*1)?$/.test(part));
  const reachable = weekdayDecides || months.some((month) => days.some((day) => day <= DAYS[month - 1]));
  return reachable ? undefined : `no month ${texts[3]} has a day ${texts[2]}`;
}

/** All the values of a field, or nothing where one of its parts is wrong. */
function parseField(field: Field, text: string): number[] | undefined {
  const parts = text.split(',').map((part) => parsePart(field, part));
  return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
}

/** `*`, `3`, `1-5`, any of them with a step such as `/15`. */
function parsePart(field: Field, text: string): number[] | undefined {
  const match = /^(\*|\?|[a-z0-9]+)(?:-([a-z0-9]+))?(?:\/(\d+))?$/i.exec(text);
  if (match === null) return undefined;
  const [, first, last, step] = match;
  const any = first === '*' || first === '?';
  const low = any ? field.low : parseNumber(field, first);
  const high = last !== undefined ? parseNumber(field, last) : any || step !== undefined ? field.high : low;
  if (low === undefined || high === undefined || (any && last !== undefined) || low > high || step === '0') return undefined;
  const width = step === undefined ? 1 : Number(step);
  return Array.from({ length: Math.floor((high - low) / width) + 1 }, (_, index) => low + index * width);
}

function parseNumber(field: Field, text: string): number | undefined {
  const word = (field.words as readonly string[]).indexOf(text.toLowerCase());
  const value = word >= 0 ? word + (field.name === 'month' ? 1 : 0) : /^\d+$/.test(text) ? Number(text) : NaN;
  return value >= field.low && value <= field.high ? value : undefined;
}
