import * as addresses from '../postgres/addresses';

/** What a range like `10.0.0.0/8` holds; undefined when the text is none, and when it has bits behind its length, which Kubernetes would ignore. */
export function parseRange(text: string): addresses.AddressRange | undefined {
  const range = addresses.parseRange(text);
  const [address, length] = text.split('/');
  return length !== undefined && range !== undefined && addresses.parseRange(address)?.first === range.first ? range : undefined;
}

/** Ranges that let everybody of a family of addresses in, by their places in the list. */
export interface OpenDoor {
  readonly family: 4 | 6;
  readonly places: readonly number[];
}

/**
 * Each range that holds every address of its family, or else all of the family where they do so together, such as the halves that `0.0.0.0/0`
 * is cut into where that is forbidden. One address left out is somebody's decision, and not everybody.
 */
export function openDoors(texts: readonly string[]): OpenDoor[] {
  const ranges = texts.flatMap((text, place) => [parseRange(text)].flatMap((range) => range === undefined ? [] : [{ range, place }]));
  return addresses.whollyCovered(ranges.map(({ range }) => range)).flatMap((family) => {
    const own = ranges.filter(({ range }) => range.family === family);
    const alone = own.filter(({ range }) => addresses.whollyCovered([range]).length > 0);
    return alone.length > 0 ? alone.map(({ place }) => ({ family, places: [place] })) : [{ family, places: own.map(({ place }) => place) }];
  });
}

/** Two ranges either have nothing in common, or one is inside the other. */
export function overlap(one: addresses.AddressRange, other: addresses.AddressRange): boolean {
  return addresses.isIn(one, other) || addresses.isIn(other, one);
}
