import { overlap, parseRange } from '../../src/plan/address-range';

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
