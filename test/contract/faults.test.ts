import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { titlesOf } from '../support/guarantees';

const TESTS = join(__dirname, '..');
/** Titles of tests, and of those that several have in common. */
function titlesIn(source: string): string[] {
  return [...titlesOf(source), ...[...source.matchAll(/^ *describe\('([^']+)'/gm)].map(([, title]) => title)];
}

const titles = ['runtime', 'cluster'].flatMap((folder) => readdirSync(join(TESTS, folder)).filter((file) => file.endsWith('.test.ts'))
  .flatMap((file) => titlesIn(readFileSync(join(TESTS, folder, file), 'utf8'))));

/** The numbers of the faults of the life cycle that a test names in its title: «fault 7: …», «faults 8 and 18: …». */
function numbersIn(title: string): number[] {
  return [...title.matchAll(/\bfaults? (\d+(?:(?:, | and )\d+)*)/g)].flatMap(([, numbers]) => numbers.match(/\d+/g)!.map(Number));
}

const faults = Array.from({ length: 43 }, (_, index) => index + 1).filter((number) => number <= 27 || number >= 31);

test.each(faults)('fault %i has a test that names it', (number) => {
  expect(titles.filter((title) => numbersIn(title).includes(number))).not.toEqual([]);
});

test('the numbers of a title are found', () => {
  expect(numbersIn('%s, fault 17: there and back')).toEqual([17]);
  expect(numbersIn('faults 8 and 18: beside its successor')).toEqual([8, 18]);
  expect(numbersIn('its default 7 is kept')).toEqual([]);
});
