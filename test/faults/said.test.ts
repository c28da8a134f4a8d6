import { timelinesBegun } from './said';

test('the timelines that a server has begun are those that its log says it chose', () => {
  const log = [
    '2026-11-23 04:10:11.975 UTC [1088] LOG:  received promote request',
    '2026-11-23 04:10:11.976 UTC [1088] LOG:  selected new timeline ID: 3',
    '2026-11-23 04:10:12.112 UTC [1099] LOG:  started streaming WAL from primary at 0/5000000 on timeline 4',
    '2026-11-23 04:12:01.004 UTC [1311] LOG:  selected new timeline ID: 12',
  ].join('\n');
  expect([...timelinesBegun(log)]).toEqual([3, 12]);
});
