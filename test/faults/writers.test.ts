import { outcomeOf } from './writers';

const place = '000000020000000000000005';

test('a row counts as acknowledged only when the server says so and warns of nothing', () => {
  expect(outcomeOf({ lines: `${place}\n`, state: '00000' })).toEqual({ kind: 'acknowledged', timeline: 2 });
  expect(outcomeOf({ lines: `WARNING:  canceling wait for synchronous replication due to user request\n${place}\n`, state: '00000' })).toEqual({ kind: 'unknown' });
  expect(outcomeOf({ lines: '', state: '00000' })).toEqual({ kind: 'unknown' });
});

test('a row whose answer is lost may be there or not', () => {
  expect(outcomeOf({ lines: '' })).toEqual({ kind: 'unknown' });
  for (const state of ['57P01', '08006', '40003']) expect(outcomeOf({ lines: 'FATAL:  …\n', state })).toEqual({ kind: 'unknown' });
});

test('a row that a standby refuses is not there', () => {
  expect(outcomeOf({ lines: 'ERROR:  cannot execute INSERT in a read-only transaction\n', state: '25006' })).toEqual({ kind: 'refused' });
});
