import * as addresses from '../postgres/addresses';

/** What a range like `10.0.0.0/8` holds; undefined when the text is none, and when it has bits behind its length, which Kubernetes would ignore. */
export function parseRange(text: string): addresses.AddressRange | undefined {
  const range = addresses.parseRange(text);
  const [address, length] = text.split('/');
  return length !== undefined && range !== undefined && addresses.parseRange(address)?.first === range.first ? range : undefined;
}

/** Two ranges either have nothing in common, or one is inside the other. */
export function overlap(one: addresses.AddressRange, other: addresses.AddressRange): boolean {
  return addresses.isIn(one, other) || addresses.isIn(other, one);
}
