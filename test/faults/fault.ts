import type { Mode } from './checks';
import type { Stage } from './stage';

/** What the plan of a round has brought about so far, in ranks: 0 is the primary that is declared when the round begins. */
export interface Situation {
  readonly mode: Mode;
  /** Whom the plan has declared last. */
  readonly primary: number;
  /** A volume was emptied: of what a majority has on disk, no more than one copy may be taken. */
  readonly emptied: boolean;
  /** A failover was forced: until all have come together again, another one could choose the same timeline. */
  readonly forced: boolean;
}

/** One thing that is done in a round, with all that chance has a say in. */
export interface Step {
  readonly fault: string;
  /** Whom the plan has declared when this begins. */
  readonly primary: number;
  /** The other two, in an order of chance. */
  readonly others: readonly [number, number];
  /** Any of the three. */
  readonly any: number;
  /** At least 0, less than 1, for whatever the fault makes of them. */
  readonly numbers: readonly [number, number, number];
  /** Milliseconds before it, from the beginning of the one before or, where it does not go together with that, from its end. */
  readonly pause: number;
  readonly together: boolean;
}

export interface Fault {
  readonly name: string;
  /** How often it is chosen, beside the others' weights. */
  readonly weight: number;
  /** Whether it makes sense in what the plan has brought about; always unless told. */
  applies?(situation: Situation): boolean;
  /** What it brings about, for the steps behind it; nothing unless told. */
  changes?(step: Step): Partial<Situation>;
  /** What it does; returns what undoes it, before the pods come together again. */
  run(stage: Stage, step: Step): Promise<Undo | void>;
}

export type Undo = () => Promise<void> | void;

/** A time up to that many milliseconds. */
export function upTo(milliseconds: number, number: number): number {
  return Math.floor(number * milliseconds);
}

/** Who does not hear of what is declared: one of two, both, or none, each as often. */
export function unheard([one, other]: readonly [number, number], number: number): number[] {
  return [[one, other], [one], [other], []][Math.floor(number * 4)];
}
