import fc from 'fast-check';
import { openDoors, overlap, parseRange } from '../../src/plan/address-range';

const parsed = (text: string) => {
  const range = parseRange(text);
  if (range === undefined) throw new Error(`${text} is no range`);
  return range;
};

test.each([
  ['203.0.113.0/24', 4, 0xcb007100n, 256n],
  ['0.0.0.0/0', 4, 0n, 2n ** 32n],
  ['10.1.2.3/32', 4, 0x0a010203n, 1n],
  ['2001:db8::/32', 6, 0x20010db8n * 2n ** 96n, 2n ** 96n],
  ['::/0', 6, 0n, 2n ** 128n],
  ['::1/128', 6, 1n, 1n],
  ['1:2:3:4:5:6:7:8/128', 6, 0x00010002000300040005000600070008n, 1n],
  ['2001:DB8:0:0:1::/80', 6, 0x20010db8000000000001n * 2n ** 48n, 2n ** 48n],
])('%s is a range', (text, family, first, size) => {
  expect(parsed(text)).toEqual({ family, first, last: first + size - 1n });
});

test.each([
  '', '10.0.0.0', '10.0.0.0/', '10.0.0.0/33', '10.0.0/8', '10.0.0.256/32', '10.0.0.1/24', '010.0.0.0/8', '10.0.0.0/08', '10.0.0.0/-1', ' 10.0.0.0/8', '10.0.0.0/8\n',
  '2001:db8::/129', '2001:db8::1/32', '1:2:3:4:5:6:7/128', '1:2:3:4:5:6:7:8:9/128', '1::2::3/128', '::12345/128', '::ffff:10.0.0.0/104', 'example.com/24', '0x10.0.0.0/8',
])('%j is none', (text) => {
  expect(parseRange(text)).toBeUndefined();
});

test.each([
  ['10.0.0.0/8', '10.1.0.0/16', true],
  ['10.1.0.0/16', '10.0.0.0/8', true],
  ['10.0.0.0/9', '10.128.0.0/9', false],
  ['::/0', '0.0.0.0/0', false],
  ['2001:db8::/32', '2001:db8:ffff::/48', true],
])('whether %s and %s overlap: %s', (one, other, expected) => {
  expect(overlap(parsed(one), parsed(other))).toBe(expected);
});

const bits = (value: number, length: number): string => value.toString(2).padStart(length, '0');

test('ranges let everybody in where every address is in one of them, in whatever order they come', () => {
  // all that matters is in the first four bits: sixteen addresses are all of them
  const range = fc.tuple(fc.integer({ min: 0, max: 15 }), fc.integer({ min: 1, max: 4 })).map(([value, length]) => {
    const start = bits(value, 4).slice(0, length);
    return { start, text: `${parseInt(start.padEnd(8, '0'), 2)}.0.0.0/${length}` };
  });
  fc.assert(fc.property(fc.array(range, { maxLength: 20 }), (ranges) => {
    const sixteen = Array.from({ length: 16 }, (_, address) => bits(address, 4));
    const everybody = sixteen.every((address) => ranges.some(({ start }) => address.startsWith(start)));
    expect(openDoors(ranges.map(({ text }) => text))).toEqual(everybody ? [{ family: 4, places: ranges.map((_, place) => place) }] : []);
  }), { numRuns: 2000 });
});

test('one range for everybody is told alone, what is no range is not told, and each family counts for itself', () => {
  expect(openDoors(['10.0.0.0/8', '0.0.0.0/0', 'nonsense', '8000::/1', '::/1']))
    .toEqual([{ family: 4, places: [1] }, { family: 6, places: [3, 4] }]);
  expect(openDoors(['0.0.0.0/1', '8000::/1', '128.0.0.1/1'])).toEqual([]);
});
