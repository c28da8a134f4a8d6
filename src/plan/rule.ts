import type { Plan } from './plan';
import { FindingSeverity } from '../finding';

/** What a rule may know beside the plan: the rest of the program. */
export interface Surroundings {
  /** Construct paths of other databases with the same name in the same namespace. */
  readonly namesakes: readonly string[];
  /** Objects that databases of another name, and Secrets that anything else in the same namespace makes too, with the path of the other. */
  readonly clashes: readonly string[];
}

/** One place where a rule is broken, in the user's own words. */
export interface Offence {
  readonly prop: string;
  /** Null where it is what is wrong. */
  readonly value: string | number | null;
  /** What the rule's own sentence cannot say, such as the bounds for just this value. */
  readonly detail?: string;
}

/** A row of the rule table, about a database or about what it looks at of one. */
export interface Rule<P = Plan> {
  /** `PG` and four digits, never reused. */
  readonly code: string;
  readonly severity: FindingSeverity;
  /** What is wrong, behind «is» or «has» as a sentence without a full stop. */
  readonly cause: string;
  /** What is allowed and what to do. */
  readonly cure: string;
  readonly offences: (plan: P, surroundings: Surroundings) => readonly Offence[];
}

/** An offence when the condition holds. */
export function offence(broken: boolean, prop: string, value: string | number, detail?: string): Offence[] {
  return broken ? [{ prop, value, ...detail === undefined ? {} : { detail } }] : [];
}

/** What an untyped caller gives for a number: a text stays one, so that the message tells "1" from 1. */
export function asGiven(value: unknown): string | number {
  return typeof value === 'number' ? value : String(value);
}

/** An offence where an untyped caller gives what is none of the values of an enum: it would be written out as it is. */
export function outside(values: Readonly<Record<string, string>>, prop: string, value: string): Offence[] {
  return offence(!Object.values(values).includes(value), prop, String(value));
}

export const error = FindingSeverity.ERROR;
export const warning = FindingSeverity.WARNING;
