import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** A promise of the README and the test that proves it. */
export interface Guarantee {
  readonly promise: string;
  readonly file: string;
  readonly name: string;
}

/** Rows of the README's table of guarantees: their last column is a code span with the file and the test's exact name in «…». */
export function guaranteesOf(readme: string): Guarantee[] {
  const [, section = ''] = /^## Guarantees\n([^]*?)(?=^## |(?![^]))/m.exec(readme) ?? [];
  return section.split('\n').filter((line) => line.startsWith('|')).slice(2).flatMap((line) => {
    const cells = line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim());
    const proofs = [...cells.at(-1)!.matchAll(/`([^`]+)`\s*«\s*([^»]+?)\s*»/g)];
    return proofs.length === 0 ? [{ promise: cells[0], file: '', name: '' }] : proofs.map(([, file, name]) => ({ promise: cells[0], file, name: name.replace(/\\\|/g, '|') }));
  });
}

/** The titles of a file's tests, those of tables with their `%s` and the like. */
export function titlesOf(source: string): string[] {
  const titles: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && /^(test|it)\b/.test(node.expression.getText()) && node.arguments.length >= 2 && ts.isStringLiteralLike(node.arguments[0])) {
      titles.push(node.arguments[0].text);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('test.ts', source, ts.ScriptTarget.Latest, true));
  return titles;
}

/** Whether a title, which may be one of a table, is the name. */
export function isTitle(title: string, name: string): boolean {
  const pattern = title.split(/%[sdjpio#]|%%|\$\w+/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.+?');
  return title === name || new RegExp(`^${pattern}$`).test(name);
}

/** What is wrong with the proofs of the guarantees. */
export function unproven(guarantees: readonly Guarantee[], root: string): string[] {
  return guarantees.flatMap(({ promise, file, name }) => {
    const path = join(root, file);
    if (file === '' || !existsSync(path)) return [`"${promise}" names no test file that exists: ${file}`];
    return titlesOf(readFileSync(path, 'utf8')).some((title) => isTitle(title, name)) ? [] : [`"${promise}" names a test that ${file} has not: ${name}`];
  });
}

/** A test that a run reported. */
export interface Ran {
  readonly file: string;
  readonly title: string;
  readonly passed: boolean;
}

/** Guarantees whose test did not run, or did not pass every time. */
export function notRun(guarantees: readonly Guarantee[], ran: readonly Ran[]): string[] {
  return guarantees.flatMap(({ promise, file, name }) => {
    const runs = ran.filter((test) => test.file === file && isTitle(name, test.title));
    return runs.length > 0 && runs.every(({ passed }) => passed) ? [] : [`"${promise}": ${file} «${name}» ${runs.length === 0 ? 'did not run' : 'failed'}`];
  });
}
