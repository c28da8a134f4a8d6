import { faultNamed, faults } from './faults';
import { describePlan, planRound } from './plan';
import { Random } from './random';

const rounds = [...Array(300).keys()];

test('the same seed gives the same plan, another one another', () => {
  const text = (seed: number) => rounds.flatMap((round) => describePlan(planRound(seed, round, 'synchronous', faults)));
  expect(text(7)).toEqual(text(7));
  expect(text(7)).not.toEqual(text(8));
});

test('a round has the same plan wherever a campaign begins', () => {
  const later = planRound(7, 123, 'asynchronous', faults);
  rounds.forEach((round) => planRound(7, round, 'asynchronous', faults));
  expect(planRound(7, 123, 'asynchronous', faults)).toEqual(later);
});

test('every fault comes up, in rounds of one to three', () => {
  const plans = rounds.map((round) => planRound(1, round, 'synchronous', faults));
  expect(new Set(plans.flatMap(({ steps }) => steps.map(({ fault }) => fault)))).toEqual(new Set(faults.map(({ name }) => name)));
  expect([...new Set(plans.map(({ steps }) => steps.length))].sort()).toEqual([1, 2, 3]);
});

test('no round takes away more copies than one, or forces two failovers by plan', () => {
  for (const round of rounds) {
    const changes = planRound(3, round, 'asynchronous', faults).steps.map((step) => faultNamed(step.fault).changes?.(step) ?? {});
    expect([round, changes.filter(({ emptied }) => emptied).length < 2]).toEqual([round, true]);
    expect([round, changes.filter(({ forced }) => forced).length < 2]).toEqual([round, true]);
  }
});

test('the numbers are those of mulberry32, spread over all', () => {
  const random = new Random(42);
  const drawn = Array.from({ length: 10_000 }, () => random.below(10));
  for (let digit = 0; digit < 10; digit += 1) expect(Math.abs(drawn.filter((one) => one === digit).length - 1000)).toBeLessThan(120);
  expect(new Random(1, 2).next()).not.toBe(new Random(2, 1).next());
});
