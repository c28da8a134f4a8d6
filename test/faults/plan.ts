import type { Mode } from './checks';
import type { Fault, Situation, Step } from './fault';
import { Random } from './random';

/** The longest pause before a step, in milliseconds. */
const LONGEST_PAUSE = 2000;
const RANKS = [0, 1, 2] as const;

/** What is done in one round: it follows from the seed and the number of the round alone. */
export interface RoundPlan {
  readonly round: number;
  readonly steps: readonly Step[];
  /** Milliseconds after the last step, before everything is healed. */
  readonly rest: number;
}

export function planRound(seed: number, round: number, mode: Mode, faults: readonly Fault[]): RoundPlan {
  const random = new Random(seed, round);
  const count = 1 + random.below(3);
  let situation: Situation = { mode, primary: 0, emptied: false, forced: false };
  const steps: Step[] = [];
  for (let index = 0; index < count; index += 1) {
    const possible = faults.filter(({ applies }) => !applies || applies(situation));
    if (possible.length === 0) break;
    const fault = random.weighted(possible);
    const step = drawStep(fault.name, situation, random);
    steps.push(step);
    situation = { ...situation, ...fault.changes?.(step) };
  }
  return { round, steps, rest: random.below(LONGEST_PAUSE / 2) };
}

/** Draws the same number of times for every fault. */
function drawStep(fault: string, { primary }: Situation, random: Random): Step {
  const [first, second] = random.shuffled(RANKS.filter((rank) => rank !== primary));
  return {
    fault,
    primary,
    others: [first, second],
    any: random.below(RANKS.length),
    numbers: [random.next(), random.next(), random.next()],
    // most faults hit while something else is under way, or hardly at once
    pause: Math.floor(random.next() ** 2 * LONGEST_PAUSE),
    together: random.next() < 0.5,
  };
}

/** One line a step, for people. */
export function describePlan({ steps, rest }: RoundPlan): string[] {
  return [
    ...steps.map(({ fault, primary, others, any, numbers, pause, together }, index) =>
      `${index > 0 && together ? 'meanwhile ' : ''}after ${pause} ms: ${fault} `
      + `(primary ${primary}, others ${others.join(' ')}, any ${any}, numbers ${numbers.map((number) => number.toFixed(3)).join(' ')})`),
    `after ${rest} ms: everything is healed`,
  ];
}
