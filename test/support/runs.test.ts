import { Line, lastResults, parseLines, repeated } from './runs';

function line(run: string, file: string, name: string, passed: boolean): Line {
  return { run, file, name, title: name, passed };
}

const LINES = [
  line('1', 'a', 'one', true), line('1', 'a', 'two', false), line('1', 'b', 'three', true), line('1', 'c', 'four', false),
  line('2', 'a', 'one', true), line('2', 'a', 'two', true), line('2', 'c', 'four', false),
];

test('of a file that ran twice the last run counts, whether it passed or not', () => {
  expect(lastResults(LINES).map(({ run, file, passed }) => [run, file, passed])).toEqual([
    ['1', 'b', true], ['2', 'a', true], ['2', 'a', true], ['2', 'c', false],
  ]);
});

test('what had failed before is named, also where it failed again', () => {
  expect(repeated(LINES).map(({ file, name }) => `${file} ${name}`)).toEqual(['a two', 'c four']);
});

test('a file of lines is read as it was written', () => {
  expect(parseLines(LINES.map((each) => `${JSON.stringify(each)}\n`).join(''))).toEqual(LINES);
  expect(parseLines('')).toEqual([]);
});
