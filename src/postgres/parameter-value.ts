import type { Parameter } from './catalogue';
import { whyIllegalText } from './text-forms';

/** Units of memory in kibibytes and of time in milliseconds, as the server converts them. */
const MEMORY: Readonly<Record<string, number>> = { B: 1 / 1024, kB: 1, MB: 1024, GB: 1024 ** 2, TB: 1024 ** 3 };
const TIME: Readonly<Record<string, number>> = { us: 1 / 1000, ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** Words that the server takes for a boolean, and every beginning of them that is not ambiguous. */
const BOOLEAN = /^(t|tr|tru|true|f|fa|fal|fals|false|y|ye|yes|n|no|on|of|off|1|0)$/i;

/** Words for a boolean that enums which once were booleans still take. */
const ENUM_BOOLEAN = /^(true|false|yes|no|on|off|1|0)$/i;

/** File modes, which are octal by custom. */
const FILE_MODES = new Set(['unix_socket_permissions', 'log_file_mode']);

/** Whether the amount, in the parameter's own unit, is legal, and what is allowed. */
type Gap = readonly [(amount: number) => boolean, string];

const inSixteens: Gap = [(amount) => amount % 16 === 0, 'a multiple of 16 blocks of 8kB is allowed'];

/** What the bounds of a whole number do not tell. */
const GAPS: ReadonlyMap<string, Gap> = new Map<string, Gap>([
  ...['commit_timestamp', 'multixact_member', 'multixact_offset', 'notify', 'serializable', 'subtransaction', 'transaction']
    .map((buffers): [string, Gap] => [`${buffers}_buffers`, inSixteens]),
  ['vacuum_buffer_usage_limit', [(amount) => amount === 0 || amount >= 128, '0 or at least 128kB is allowed']],
  ['io_max_concurrency', [(amount) => amount !== 0, '-1 or at least 1 is allowed']],
]);

/** What a boolean says, or nothing where it is none. */
export function parseSwitch(text: string): boolean | undefined {
  return BOOLEAN.test(text) ? /^(t|y|on|1)/i.test(text) : undefined;
}

/** A number of things in any of the server's spellings, or nothing. */
export function parseCount(text: string): number | undefined {
  const amount = inUnit(text, '');
  return amount === undefined ? undefined : Math.round(amount);
}

/** A file mode, octal where it begins with 0, or nothing. */
export function parseFileMode(text: string): number | undefined {
  const octal = /^\s*0([0-7]+)\s*$/.exec(text);
  return octal === null ? parseCount(text) : parseInt(octal[1], 8);
}

/** A size such as `128MB` in mebibytes; a bare number counts in `unit`, which is that of the parameter. */
export function parseMebibytes(text: string, unit: string): number | undefined {
  const amount = inUnit(text, unit);
  const factor = scale(unit);
  return amount === undefined || factor === undefined ? undefined : amount * factor.size / 1024;
}

/** A time such as `1min` in milliseconds, which a bare number counts too, or nothing. */
export function parseMilliseconds(text: string): number | undefined {
  return inUnit(text, 'ms');
}

/**
 * Why a server would refuse the value, or nothing.
 *
 * @see https://www.postgresql.org/docs/current/config-setting.html#CONFIG-SETTING-NAMES-VALUES
 */
export function whyIllegal(name: string, parameter: Parameter, value: string): string | undefined {
  switch (parameter.kind) {
    case 'bool':
      if (name.toLowerCase() === 'bonjour' && parseSwitch(value) === true) return 'it is a service of macOS that no server for Linux has';
      return BOOLEAN.test(value) ? undefined : 'a boolean such as on or off is allowed';
    case 'enum': {
      const values = parameter.values ?? [];
      const spelledAsBoolean = ENUM_BOOLEAN.test(value) && values.includes('on');
      return spelledAsBoolean || values.some((word) => word.toLowerCase() === value.toLowerCase()) ? undefined : `one of ${values.join(', ')} is allowed`;
    }
    case 'integer':
    case 'real':
      return whyIllegalNumber(name.toLowerCase(), parameter, value);
    default:
      return whyIllegalText(name, value);
  }
}

function whyIllegalNumber(name: string, { kind, unit, min, max }: Parameter, value: string): string | undefined {
  const amount = inUnit(value, unit ?? '');
  const form = unit === undefined ? `a number between ${min} and ${max} is allowed`
    : `a number between ${min} and ${max} in units of ${unit}, or with one of the units ${units(unit)}, is allowed`;
  if (FILE_MODES.has(name) && /^0[0-7]{1,3}$/.test(value)) return undefined;
  if (kind === 'integer' && /^\s*[+-]?0\d/.test(value)) return 'a number that begins with 0 would be read as octal';
  if (amount === undefined) return form;
  const rounded = kind === 'integer' ? Math.round(amount) : amount;
  if (rounded < min! || rounded > max!) return form;
  const [isLegal, allowed] = GAPS.get(name) ?? [];
  return isLegal === undefined || isLegal(rounded) ? undefined : allowed;
}

/** The amount in the parameter's own unit. */
function inUnit(text: string, unit: string): number | undefined {
  const match = /^\s*([+-]?(?:0x[0-9a-f]+|\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?))\s*([a-zA-Z]*)\s*$/i.exec(text);
  if (match === null) return undefined;
  const [, digits, suffix] = match;
  if (suffix === '') return Number(digits);
  const own = scale(unit);
  const given = own?.family[suffix];
  return own === undefined || given === undefined ? undefined : Number(digits) * given / own.size;
}

/** What one unit of the parameter is worth; blocks such as `8kB` are units too. */
function scale(unit: string): { readonly size: number; readonly family: Readonly<Record<string, number>> } | undefined {
  const match = /^(\d*)([a-zA-Z]+)$/.exec(unit);
  if (match === null) return undefined;
  const [, count, name] = match;
  const family = name in MEMORY ? MEMORY : TIME;
  const one = family[name];
  return one === undefined ? undefined : { size: (count === '' ? 1 : Number(count)) * one, family };
}

function units(unit: string): string {
  return Object.keys(scale(unit)?.family ?? {}).join(', ');
}
