import type { Ran } from './guarantees';

/** A line of the file that TEST_NAMES names. */
export interface Line extends Ran {
  /** Of one process of the test runner. */
  readonly run: string;
  readonly name: string;
}

/** Of each file what its last run said: a file that failed may be run again. */
export function lastResults(lines: readonly Line[]): Line[] {
  const last = new Map(lines.map(({ file, run }) => [file, run]));
  return lines.filter(({ file, run }) => last.get(file) === run);
}

/** The tests that failed in a run that was not the last one of their file. */
export function repeated(lines: readonly Line[]): Line[] {
  const last = new Map(lines.map(({ file, run }) => [file, run]));
  return lines.filter(({ file, run, passed }) => last.get(file) !== run && !passed);
}

/** The lines of the file. */
export function parseLines(text: string): Line[] {
  return text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Line);
}
