import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { guaranteesOf, isTitle, notRun, Ran, titlesOf, unproven } from '../support/guarantees';

const ROOT = join(__dirname, '../..');
const guarantees = guaranteesOf(readFileSync(join(ROOT, 'README.md'), 'utf8'));

test('the README makes at least ten guarantees', () => {
  expect(guarantees.length).toBeGreaterThanOrEqual(10);
});

test('the README has at most 200 lines', () => {
  expect(readFileSync(join(ROOT, 'README.md'), 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(200);
});

test('every guarantee of the README names a test that exists', () => {
  expect(unproven(guarantees, ROOT)).toEqual([]);
});

describe('the check', () => {
  const row = (proof: string): string => `# x\n\n## Guarantees\n\n| a | b | c |\n| --- | --- | --- |\n| safe | really | ${proof} |\n\n## Other\n| no | row | here |\n`;
  const here = 'test/contract/guarantees.test.ts';

  test('finds a test by its file and name', () => {
    expect(unproven(guaranteesOf(row(`\`${here}\` «the README makes at least ten guarantees»`)), ROOT)).toEqual([]);
  });

  test.each([
    ['no proof', ''],
    ['a file that is not there', '`test/none.test.ts` «x»'],
    ['a test that is not there', `\`${here}\` «the README is nice»`],
  ])('refuses %s', (_, proof) => {
    expect(unproven(guaranteesOf(row(proof)), ROOT)).toHaveLength(1);
  });

  test('tells a guarantee whose test did not run, or failed once', () => {
    const promises = guaranteesOf(row(`\`${here}\` «%s starts»`));
    const ran = (...passed: boolean[]): Ran[] => passed.map((each, index) => ({ file: here, title: `server ${index} starts`, passed: each }));
    expect(notRun(promises, ran(true, true))).toEqual([]);
    expect(notRun(promises, [])).toEqual([expect.stringContaining('did not run')]);
    expect(notRun(promises, ran(true, false))).toEqual([expect.stringContaining('failed')]);
  });

  test('knows the titles of tables', () => {
    expect(titlesOf("test.each(x)('%s starts', () => {}); test('a $b', () => {});")).toEqual(['%s starts', 'a $b']);
    expect([isTitle('%s starts', 'PostgreSQL 18.6 starts'), isTitle('%s starts', 'PostgreSQL 18.6 stops')]).toEqual([true, false]);
  });
});
