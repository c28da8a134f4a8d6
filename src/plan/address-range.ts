/** Addresses from the first to the last, both included. */
export interface AddressRange {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

/** What a range like `10.0.0.0/8` holds; undefined when the text is none, and when it has bits behind its length, which Kubernetes would ignore. */
export function parseRange(text: string): AddressRange | undefined {
  const [, address, length] = /^([0-9a-fA-F:.]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
  if (address === undefined) return undefined;
  const family = address.includes(':') ? 6 : 4;
  const bits = family === 6 ? 128 : 32;
  const first = family === 6 ? parseIpv6(address) : parseIpv4(address);
  if (first === undefined || Number(length) > bits) return undefined;
  const size = 2n ** BigInt(bits - Number(length));
  return first % size === 0n ? { family, first, last: first + size - 1n } : undefined;
}

/** Two ranges either have nothing in common, or one is inside the other. */
export function overlap(one: AddressRange, other: AddressRange): boolean {
  return one.family === other.family && one.first <= other.last && other.first <= one.last;
}

function parseIpv4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || parts.some((part) => !/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n);
}

function parseIpv6(text: string): bigint | undefined {
  const halves = text.split('::');
  const groups = halves.map((half) => half === '' ? [] : half.split(':'));
  const missing = 8 - groups.flat().length;
  if (halves.length > 2 || (halves.length === 2 ? missing < 1 : missing !== 0)) return undefined;
  const all = halves.length === 2 ? [...groups[0], ...Array.from({ length: missing }, () => '0'), ...groups[1]] : groups[0];
  if (all.some((group) => !/^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  return all.reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n);
}
