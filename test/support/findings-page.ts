import type { Rule } from '../../src/plan/rule';
import { RULES, RULES_OF_IMPORTED } from '../../src/plan/rules';

/** Those about a database that the program makes, and those about one of another program; some are both. */
export const EVERY_RULE: readonly Omit<Rule, 'offences'>[] = [...new Set<Omit<Rule, 'offences'>>([...RULES, ...RULES_OF_IMPORTED])];

/** All findings of the library as a page for people. */
export function findingsPage(): string {
  const rows = [...EVERY_RULE].sort((a, b) => a.code < b.code ? -1 : 1)
    .map(({ code, severity, cause, cure }) => `| ${code} | ${severity} | ${cell(`… ${cause}`)} | ${cell(cure)} |`);
  return [
    '# Findings',
    '',
    'What the library has to say about a program. Errors stop the synthesis, and all of them are reported together; warnings are printed',
    'by Node as `PostgresFinding` and can be silenced by its own option, such as `NODE_OPTIONS=--disable-warning=PG1503`. Codes are never reused.',
    '',
    '| code | severity | the value of the prop | what to do |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    'This page is generated from the rules in `src/plan/rules` by `npm run findings`.',
    '',
  ].join('\n');
}

function cell(text: string): string {
  return text.replace(/\|/g, '\\|');
}
