/**
 * Says what several runs of tests came to: of a file that ran again after it had failed, the last run counts, and what had failed is named. Compares
 * the number of tests on each server with the table.
 *
 * usage: ts-node tools/test-results.ts FILE, a file that the tests' reporter wrote because TEST_NAMES named it
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Line, lastResults, parseLines, repeated } from '../test/support/runs';

interface Reporter {
  differences(tests: readonly Line[]): string[];
}

// eslint-disable-next-line @typescript-eslint/no-require-imports
const { differences } = require(join(__dirname, '../test/support/summary-reporter.cjs')) as Reporter;

const lines = parseLines(readFileSync(process.argv[2], 'utf8'));
const results = lastResults(lines);
const wrong = differences(results);
for (const line of wrong) process.stdout.write(`tests per server: ${line}\n`);
for (const { file, name } of repeated(lines)) process.stdout.write(`only at the second attempt: ${file} «${name}»\n`);
for (const { file, name } of results.filter(({ passed }) => !passed)) process.stdout.write(`failed: ${file} «${name}»\n`);
const passed = results.filter((result) => result.passed).length;
const failed = results.length - passed + wrong.length;
process.stdout.write(`tests: ${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
