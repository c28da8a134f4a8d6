import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { titlesOf } from '../support/guarantees';

const TESTS = join(__dirname, '..');
/** Titles of tests, and of those that several have in common. */
function titlesIn(source: string): string[] {
  return [...titlesOf(source), ...[...source.matchAll(/^ *describe\('([^']+)'/gm)].map(([, title]) => title)];
}

const titles = ['runtime', 'cluster'].flatMap((folder) => readdirSync(join(TESTS, folder)).filter((file) => file.endsWith('.test.ts'))
  .flatMap((file) => titlesIn(readFileSync(join(TESTS, folder, file), 'utf8')).map((title) => ({ file: `${folder}/${file}`, title }))));

/** The numbers of the faults of the life cycle that a test names in its title: «fault 7: …», «faults 8 and 18: …». */
function numbersIn(title: string): number[] {
  return [...title.matchAll(/\bfaults? (\d+(?:(?:, | and )\d+)*)/g)].flatMap(([, numbers]) => numbers.match(/\d+/g)!.map(Number));
}

/** Faults whose tests have another title: 37, out of memory; 40, a lost node; 43, a canary with a broken image. */
const TITLES: Readonly<Record<number, readonly [string, string]>> = {
  37: ['cluster/faults.test.ts', 'a query that takes more memory than the container may have loses nothing'],
  40: ['cluster/replicas-node-lost.test.ts', 'the node is declared out of service, and the primary starts elsewhere with every acknowledged row'],
  43: ['cluster/replicas-rollout.test.ts', 'the roll-back heals the canary without a pod deleted by hand, and touches no other'],
};

const faults = Array.from({ length: 43 }, (_, index) => index + 1).filter((number) => number <= 27 || number >= 31);

test.each(faults)('fault %i has a test that names it', (number) => {
  const [file, named] = TITLES[number] ?? [];
  expect(titles.filter(({ file: of, title }) => numbersIn(title).includes(number) || (of === file && title.endsWith(named!)))).not.toEqual([]);
});

test('the numbers of a title are found', () => {
  expect(numbersIn('%s, fault 17: there and back')).toEqual([17]);
  expect(numbersIn('faults 8 and 18: beside its successor')).toEqual([8, 18]);
  expect(numbersIn('its default 7 is kept')).toEqual([]);
});
