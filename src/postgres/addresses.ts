/** The addresses from `first` to `last` of one family. */
export interface AddressRange {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

/** Every address there is. */
export const EVERYWHERE: readonly AddressRange[] = [
  { family: 4, first: 0n, last: 2n ** 32n - 1n },
  { family: 6, first: 0n, last: 2n ** 128n - 1n },
];

/** One address, or a range as `10.0.0.0/8`; undefined where the text is neither. */
export function parseRange(text: string): AddressRange | undefined {
  const [address, length, ...more] = text.split('/');
  const family = familyOf(address);
  if (family === undefined || more.length > 0) return undefined;
  const bits = family === 4 ? 32 : 128;
  if (length !== undefined && !/^(0|[1-9]\d{0,2})$/.test(length)) return undefined;
  const prefix = length === undefined ? bits : Number(length);
  if (prefix > bits) return undefined;
  const size = 2n ** BigInt(bits - prefix);
  const value = family === 4 ? parse4(address) : parse6(address);
  const first = value - value % size;
  return { family, first, last: first + size - 1n };
}

/** The server reads an address without a length as one whose mask follows. */
export function withLength(text: string): string {
  return text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`;
}

/** One address of IPv4 or IPv6. */
export function isAddress(text: string): boolean {
  return familyOf(text) !== undefined;
}

export function isIn(range: AddressRange, { family, first, last }: AddressRange): boolean {
  return range.family === family && first <= range.first && range.last <= last;
}

/** The families of which the ranges together, however they are cut and sorted, leave no address out. */
export function whollyCovered(ranges: readonly AddressRange[]): (4 | 6)[] {
  return EVERYWHERE.filter((all) => {
    const sorted = ranges.filter(({ family }) => family === all.family).sort((a, b) => a.first < b.first ? -1 : 1);
    // the first address that none of the ranges so far holds
    const next = sorted.reduce((reached, { first, last }) => first <= reached && last >= reached ? last + 1n : reached, all.first);
    return next > all.last;
  }).map(({ family }) => family);
}

const OCTET = '(0|[1-9]\\d?|1\\d\\d|2[0-4]\\d|25[0-5])';
const ADDRESS_4 = new RegExp(`^${OCTET}(\\.${OCTET}){3}$`);

/** An IPv4 address in the words of IPv6 is none: clients never arrive with one. */
function familyOf(address: string): 4 | 6 | undefined {
  if (ADDRESS_4.test(address)) return 4;
  const halves = address.split('::');
  const groups = halves.flatMap((half) => half === '' ? [] : half.split(':'));
  const isComplete = halves.length === 1 ? groups.length === 8 : halves.length === 2 && groups.length < 8;
  return isComplete && groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group)) ? 6 : undefined;
}

function parse4(address: string): bigint {
  return address.split('.').reduce((value, part) => value * 256n + BigInt(part), 0n);
}

function parse6(address: string): bigint {
  const [head, tail] = address.split('::').map((half) => half === '' ? [] : half.split(':'));
  const groups = tail === undefined ? head : [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => '0'), ...tail];
  return groups.reduce((value, group) => value * 65536n + BigInt(`0x${group}`), 0n);
}
