import type { Plan } from './plan';
import type { Rule, Surroundings } from './rule';
import { RULES, RULES_OF_HOLES, RULES_OF_IMPORTED } from './rules';
import { Finding, FindingSeverity } from '../finding';
import type { ImportedPlan } from './rules/imported';

/** Runs every rule; all broken ones are reported, never only the first. */
export function findProblems(plan: Plan, surroundings: Surroundings): Finding[] {
  return broken(plan.holes.length > 0 ? RULES_OF_HOLES : RULES, plan, surroundings);
}

/** The same for a database that another program makes. */
export function findImportedProblems(plan: ImportedPlan): Finding[] {
  return broken(RULES_OF_IMPORTED, plan, { namesakes: [], clashes: [] });
}

function broken<P>(rules: readonly Rule<P>[], plan: P, surroundings: Surroundings): Finding[] {
  return rules.flatMap(({ code, severity, cause, cure, offences }) => offences(plan, surroundings).map(({ prop, value, detail }) => ({
    code,
    severity,
    prop,
    // JSON has no word for a number that is none
    message: `${prop}: ${typeof value === 'number' ? value : JSON.stringify(value)} ${cause}${detail === undefined ? '' : ` (${detail})`}; ${cure}`,
  })));
}

/** Lines for the errors that stop a synthesis. */
export function errorLines(findings: readonly Finding[]): string[] {
  return findings.filter(({ severity }) => severity === FindingSeverity.ERROR).map(({ code, message }) => `${code} ${message}`);
}

/** Prints the warnings the way Node prints them, so that they can be silenced by its own means. */
export function emitWarnings(path: string, findings: readonly Finding[]): void {
  for (const { code, severity, message } of findings) {
    if (severity === FindingSeverity.WARNING) process.emitWarning(`[${path}] ${message}`, { type: 'PostgresFinding', code });
  }
}
