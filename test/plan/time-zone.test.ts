import { isPerhapsTimeZone, isTimeZone } from '../../src/plan/time-zone';

test.each([
  'Etc/UTC', 'UTC', 'GMT', 'Europe/Paris', 'Europe/Kyiv', 'Europe/Kiev', 'Asia/Kolkata', 'Asia/Calcutta', 'US/Eastern', 'Etc/GMT+5', 'America/Port_of_Spain',
  'America/Argentina/ComodRivadavia', 'America/Port-au-Prince', 'Antarctica/DumontDUrville', 'America/Knox_IN', 'Australia/NSW', 'GB', 'Zulu', 'PRC',
])('%s is a time zone', (name) => {
  expect(isTimeZone(name)).toBe(true);
});

test.each(Intl.supportedValuesOf('timeZone'))('%s, which Node lists, is a time zone', (name) => {
  expect(isTimeZone(name)).toBe(true);
});

test.each(['europe/paris', 'Europe/PARIS', 'utc', 'Gmt', 'gb', 'us/eastern', 'asia/kolkata', 'ASIA/KOLKATA', 'Etc/utc', '+02:00', 'Mars/Olympus', ''])(
  '%j is none', (name) => {
    expect(isTimeZone(name)).toBe(false);
  });

test.each(['Europe/Pariss', 'America/Argentina/Nowhere', 'America/Port-of-Mars'])('%s, which Node does not know, is perhaps one', (name) => {
  expect(isTimeZone(name)).toBe(false);
  expect(isPerhapsTimeZone(name)).toBe(true);
});

test.each(['Europe/Paris', 'europe/Pariss', 'Europe/pariss', 'Europe/PARIS', 'EUROPE/PARISS', 'Mars/Olympus', 'Etc/Unknown', 'Pariss', ''])('%j is known, misspelt or none', (name) => {
  expect(isPerhapsTimeZone(name)).toBe(false);
});
