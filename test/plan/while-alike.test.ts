import { whileAlike } from '../../src/plan/while-alike';

test('is computed once for questions in a row about the same data', () => {
  const compute = jest.fn((data: unknown) => ({ data }));
  const remembered = whileAlike(compute);
  expect(remembered({ a: ['x', { b: 1 }], c: undefined })).toBe(remembered({ a: ['x', { b: 1 }], c: undefined }));
  expect(compute).toHaveBeenCalledTimes(1);
});

test.each<[string, unknown, unknown]>([
  ['a text', 'a', 'b'],
  ['a number and its text', 1, '1'],
  ['two numbers that JSON has no words for', NaN, Infinity],
  ['what is deep inside', { a: [{ b: 'x' }] }, { a: [{ b: 'y' }] }],
  ['a longer list', ['a'], ['a', 'b']],
  ['a list and a map', [], {}],
  ['nothing and an empty map', null, {}],
  ['what is undefined and what is not there', { a: undefined }, { b: undefined }],
  ['the order of a map', { a: 1, b: 2 }, { b: 2, a: 1 }],
  ['what is no plain data', new Date(0), new Date(1)],
  ['maps of another kind', new Map([['a', 1]]), new Map([['a', 2]])],
])('never answers for other data: %s', (_, one, other) => {
  const remembered = whileAlike((data: unknown) => ({ data }));
  expect([one, other, one].map((data) => remembered(data).data)).toEqual([one, other, one]);
  expect(remembered(other).data).toBe(other);
});
