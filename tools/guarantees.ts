/**
 * Says whether the tests that the README's guarantees name ran and passed.
 *
 * usage: ts-node tools/guarantees.ts FILE, a file that the tests' reporter wrote because TEST_NAMES named it
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { guaranteesOf, notRun, Ran } from '../test/support/guarantees';

const guarantees = guaranteesOf(readFileSync(join(__dirname, '../README.md'), 'utf8'));
const ran = readFileSync(process.argv[2], 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Ran);
const missing = notRun(guarantees, ran);
for (const line of missing) process.stderr.write(`${line}\n`);
process.stdout.write(`${guarantees.length - missing.length} of ${guarantees.length} guarantees were proven by this run\n`);
process.exitCode = missing.length === 0 ? 0 : 1;
