import { perPlan } from '../../src/plan/per-plan';
import type { Plan } from '../../src/plan/plan';

const [one, two] = [{ name: 'one' } as Plan, { name: 'two' } as Plan];

test('is computed once for questions in a row about one plan', () => {
  const compute = jest.fn(({ name }: Plan) => ({ name }));
  const remembered = perPlan(compute);
  expect(remembered(one)).toBe(remembered(one));
  expect(compute).toHaveBeenCalledTimes(1);
});

test('never answers for another plan', () => {
  const nameOf = perPlan(({ name }) => name);
  expect([nameOf(one), nameOf(two), nameOf(one)]).toEqual(['one', 'two', 'one']);
});

test('a result of undefined is a result', () => {
  const compute = jest.fn(() => undefined);
  const remembered = perPlan(compute);
  remembered(one);
  remembered(one);
  expect(compute).toHaveBeenCalledTimes(1);
});
