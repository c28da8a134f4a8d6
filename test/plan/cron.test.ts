import { whyImpossible } from '../../src/plan/cron';

test.each([
  '* * * * *', '0 0 1 1 0', '59 23 31 12 6', '*/15 * * * *', '0-30/5 1,2,3 * jan-mar mon-fri', '5/10 * * * *', '0 0 29 2 *', '0 0 ? * SUN',
  '0 0 30 2 1', '0 0 30 2 */2', '0 0 31 1,2 *',
])('%s comes', (schedule) => {
  expect(whyImpossible(schedule)).toBeUndefined();
});

test.each([
  ['* * * *', 'it has 4 fields'],
  ['0 0 * * * *', 'it has 6 fields'],
  ['60 * * * *', 'the minute is "60"'],
  ['* 24 * * *', 'the hour is "24"'],
  ['* * 0 * *', 'the day is "0"'],
  ['* * * 13 *', 'the month is "13"'],
  ['* * * * 7', 'the weekday is "7"'],
  ['* * * * 1-7', 'the weekday is "1-7"'],
  ['0 0 30 2 */1', 'no month 2 has a day 30'],
  ['0 0 30 2 ?', 'no month 2 has a day 30'],
  ['* * * * foo', 'the weekday is "foo"'],
  ['5-1 * * * *', 'the minute is "5-1"'],
  ['*/0 * * * *', 'the minute is "*/0"'],
  ['*-5 * * * *', 'the minute is "*-5"'],
  ['1, * * * *', 'the minute is "1,"'],
  ['-1 * * * *', 'the minute is "-1"'],
  ['1.5 * * * *', 'the minute is "1.5"'],
  ['0 0 31 4,6,9,11 *', 'no month 4,6,9,11 has a day 31'],
  ['0 0 30 feb *', 'no month feb has a day 30'],
  ['@daily', 'it has 1 fields'],
])('%s never comes: %s', (schedule, reason) => {
  expect(whyImpossible(schedule)).toContain(reason);
});
