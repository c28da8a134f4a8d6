import type { Parameter } from './catalogue';

/** Units of memory in kibibytes and of time in milliseconds, as the server converts them. */
const MEMORY: Readonly<Record<string, number>> = { B: 1 / 1024, kB: 1, MB: 1024, GB: 1024 ** 2, TB: 1024 ** 3 };
const TIME: Readonly<Record<string, number>> = { us: 1 / 1000, ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** Words that the server takes for a boolean, and every beginning of them that is not ambiguous. */
const BOOLEAN = /^(t|tr|tru|true|f|fa|fal|fals|false|y|ye|yes|n|no|on|of|off|1|0)$/i;

/** Words for a boolean that enums which once were booleans still take. */
const ENUM_BOOLEAN = /^(true|false|yes|no|on|off|1|0)$/i;

/** What a boolean says, or nothing where it is none. */
export function parseSwitch(text: string): boolean | undefined {
  return BOOLEAN.test(text) ? /^(t|y|on|1)/i.test(text) : undefined;
}

/** A whole number without a unit, or nothing. */
export function parseAmount(text: string): number | undefined {
  return /^\s*\d+\s*$/.test(text) ? Number(text) : undefined;
}

/** A size such as `128MB` in mebibytes; a bare number counts in `unit`, which is that of the parameter. */
export function parseMebibytes(text: string, unit: string): number | undefined {
  const amount = inUnit(text, unit);
  const factor = scale(unit);
  return amount === undefined || factor === undefined ? undefined : amount * factor.size / 1024;
}

/**
 * Why a server would refuse the value, or nothing.
 *
 * @see https://www.postgresql.org/docs/current/config-setting.html#CONFIG-SETTING-NAMES-VALUES
 */
export function whyIllegal(parameter: Parameter, value: string): string | undefined {
  switch (parameter.kind) {
    case 'bool':
      return BOOLEAN.test(value) ? undefined : 'a boolean such as on or off is allowed';
    case 'enum': {
      const values = parameter.values ?? [];
      const spelledAsBoolean = ENUM_BOOLEAN.test(value) && values.includes('on');
      return spelledAsBoolean || values.includes(value.toLowerCase()) ? undefined : `one of ${values.join(', ')} is allowed`;
    }
    case 'integer':
    case 'real':
      return whyIllegalNumber(parameter, value);
    default:
      return undefined;
  }
}

function whyIllegalNumber({ kind, unit, min, max }: Parameter, value: string): string | undefined {
  const amount = inUnit(value, unit ?? '');
  const form = unit === undefined ? `a number between ${min} and ${max} is allowed`
    : `a number between ${min} and ${max} in units of ${unit}, or with one of the units ${units(unit)}, is allowed`;
  if (kind === 'integer' && /^\s*[+-]?0\d/.test(value)) return 'a number that begins with 0 would be read as octal';
  if (amount === undefined) return form;
  const rounded = kind === 'integer' ? Math.round(amount) : amount;
  return rounded < min! || rounded > max! ? form : undefined;
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
