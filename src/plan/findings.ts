import { Chart } from 'cdk8s';
import { IConstruct } from 'constructs';
import type { Plan } from './plan';
import type { Surroundings } from './rule';
import { RULES } from './rules';
import { Finding, FindingSeverity } from '../finding';

/** Anything that has a name of a database. */
interface Named extends IConstruct {
  readonly name: string;
}

/** Runs every rule; all broken ones are reported, never only the first. */
export function findProblems(plan: Plan, surroundings: Surroundings): Finding[] {
  return RULES.flatMap(({ code, severity, cause, cure, offences }) => offences(plan, surroundings).map(({ prop, value, detail }) => ({
    code,
    severity,
    prop,
    message: `${prop}: ${JSON.stringify(value)} ${cause}${detail === undefined ? '' : ` (${detail})`}; ${cure}`,
  })));
}

/** Paths of the databases of the whole program that would get the same objects. */
export function namesakesOf(database: Named, isDatabase: (construct: IConstruct) => boolean): string[] {
  const { namespace } = Chart.of(database);
  return database.node.root.node.findAll()
    .filter((other): other is Named => other !== database && isDatabase(other))
    .filter((other) => other.name === database.name && Chart.of(other).namespace === namespace)
    .map((other) => other.node.path);
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
