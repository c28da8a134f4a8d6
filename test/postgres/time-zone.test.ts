import { isLogTimeZone, isPerhapsTimeZone, isSessionTimeZone } from '../../src/postgres/time-zone';

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

test.each(['Europe/Pariss', 'europe/PARISS', 'America/Argentina/Nowhere', 'America/Port-of-Mars', 'Arctic/A_b'])('%s, which Node does not know, is perhaps one', (text) => {
  expect(isPerhapsTimeZone(text)).toBe(true);
  expect(isSessionTimeZone(text)).toBe(true);
  expect(isLogTimeZone(text)).toBe(true);
});

test.each([
  'Mars/Olympus', 'Etc/Unknown', 'US/Nowhere', 'Brazil/Nowhere', 'Europe', 'Europe/', 'Europe/Par!s', 'Europe/Par is', 'Europe/Paris ', ' Europe/Pariss', '../Europe/Pariss',
  'Europe/../Pariss', 'Europe/A/B/C', 'Europe/-a', 'Europe/LongerThanTwoDo', 'Europe/Ünknown',
])('%j has no shape of a name that could come', (text) => {
  expect(isPerhapsTimeZone(text)).toBe(false);
  expect(isLogTimeZone(text)).toBe(false);
});

test.each(Intl.supportedValuesOf('timeZone'))('%s, which Node lists, is certain', (name) => {
  expect(isPerhapsTimeZone(name)).toBe(false);
});

test('every name of an area that still grows would have been let pass before Node knew it', () => {
  const grown = Intl.supportedValuesOf('timeZone').filter((name) => /^(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)\//.test(name));
  jest.spyOn(Intl, 'DateTimeFormat').mockImplementation(() => { throw new RangeError('Invalid time zone specified'); });
  let refused: string[] = [];
  // what is known is kept, so that a copy of the module is asked that knows nothing yet
  jest.isolateModules(() => {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const young = require('../../src/postgres/time-zone') as typeof import('../../src/postgres/time-zone');
    refused = grown.filter((name) => !young.isPerhapsTimeZone(name));
  });
  jest.restoreAllMocks();
  expect(grown.length).toBeGreaterThan(300);
  expect(refused).toEqual([]);
});
