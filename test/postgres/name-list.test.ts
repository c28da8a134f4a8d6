import { parseNames } from '../../src/postgres/name-list';

test.each([
  ['', []], [' ', []], ['a', ['a']], ['A, "B c" ,d', ['a', 'B c', 'd']], ['"a""b"', ['a"b']], ['""', ['']], ['a"b', ['a"b']], ['a\u00a0b', ['a\u00a0b']],
])('the names of %j are %j', (text, names) => {
  expect(parseNames(text)).toEqual(names);
});

test.each(['a b', 'a,', ',', 'a,,b', '"a', '"a" b', '"'])('%j is no list of names', (text) => {
  expect(parseNames(text)).toBeUndefined();
});
