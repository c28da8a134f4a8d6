import { isLogTimeZone, isSessionTimeZone } from '../../src/postgres/time-zone';

test.each(Intl.supportedValuesOf('timeZone'))('%s, which Node lists, is a time zone of a server', (name) => {
  expect(isSessionTimeZone(name)).toBe(true);
  expect(isLogTimeZone(name.toLowerCase())).toBe(true);
});

test.each(['-7', '5.5', '0x5', 'INTERVAL \'5 hours\'', 'EST5EDT,M3.2.0,M11.1.0'])('%s is one without a name', (text) => {
  expect(isSessionTimeZone(text)).toBe(true);
});

test.each(['1.5e1', 'interval'])('%s is none for the log', (text) => {
  expect(isLogTimeZone(text)).toBe(false);
});

test.each(['', 'Mars', 'PST', '168', 'nan', 'UTC ', 'ABC5:61', 'interval 5'])('%j is none', (text) => {
  expect(isSessionTimeZone(text)).toBe(false);
});
