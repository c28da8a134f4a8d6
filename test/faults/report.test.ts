import type { RoundResult } from './campaign';
import type { Tail } from './checks';
import { mostlyVain, renderReport, vainOnes } from './report';

const head = { seed: 7, first: 0, rounds: 9, life: 5, only: '', server: 'PostgreSQL 17', commit: '1e94766' };

function round(number: number, faults: readonly string[], changes: Partial<RoundResult> = {}): RoundResult {
  const steps = faults.map((fault) => ({ fault }));
  const nothing = { notes: [], inVain: [], forcedBy: [], wentBack: false, failures: [], tails: [], overlaps: [], namesakes: [], unopened: [] };
  return {
    ...nothing,
    round: number,
    began: 0,
    mode: 'asynchronous',
    plan: { round: number, rest: 0, steps },
    seconds: 10,
    healing: number,
    acknowledged: 100,
    unknown: 2,
    ...changes,
  } as RoundResult;
}

function tail(rows: number, where: Tail['where'], found: Partial<Tail> = {}): Tail {
  return { node: 0, timeline: 1, rows, inCopies: 0, inWal: 0, where, ...found };
}

test('a fault that was planned often and never done is found, and so is a campaign that has done nothing', () => {
  const done = round(0, ['a', 'b']);
  const vain = [1, 2, 3, 4, 5].map((number) => round(number, ['c'], { inVain: ['c'] }));
  expect(vainOnes([done, ...vain])).toEqual(['c']);
  expect(vainOnes([done, ...vain.slice(1)])).toEqual([]);
  expect(vainOnes([done, ...vain, round(6, ['c'])])).toEqual([]);
  expect(vainOnes(vain.slice(0, 1))).toEqual(['c']);
});

test('a fault that is done now and then only is told, and no failure', () => {
  const rounds = (vain: number, done: number) => [...Array(vain + done).keys()].map((number) => round(number, ['c'], { inVain: number < vain ? ['c'] : [] }));
  expect(mostlyVain(rounds(8, 2))).toEqual(['c (8 of 10)']);
  expect(vainOnes(rounds(8, 2))).toEqual([]);
  expect(renderReport(head, rounds(8, 2)).split('\n')).toContain('- mostly in vain: c (8 of 10)');
  for (const seldom of [rounds(7, 2), rounds(9, 3), rounds(10, 0)]) expect(mostlyVain(seldom)).toEqual([]);
});

test('the report tells what was done and what was not, and how long it took', () => {
  const page = renderReport(head, [
    round(1, ['a', 'b'], { inVain: ['b'], forcedBy: ['plan'], tails: [tail(3, 'copy', { inCopies: 3 }), tail(4, 'WAL', { inCopies: 1, inWal: 2 })], namesakes: [{ timeline: 2, nodes: [0, 1] }] }),
    round(2, ['a'], { forcedBy: ['plan', 'person'], tails: [tail(2, 'emptied'), tail(9, 'nowhere', { inWal: 1 })], unopened: ['docker.diverged-1 cannot be opened: it is none'] }),
    round(30, ['a'], { forcedBy: ['person'], wentBack: true }),
    round(4, [], { healing: undefined, failures: ['it hangs'] }),
  ]);
  for (const line of [
    '| replication | asynchronous |', '| rounds | 4 |', '| failed | 1 |', '| rows acknowledged | 400 |', '| of these lost in a tail | 18 |',
    '| failovers forced by plan, by a person | 2, 2 |', '| rounds in which a person went back | 1 |', '| seconds to come together, median (90 %, longest) | 2.0 (30.0, 30.0) |',
    '| of these kept as WAL, as a copy, gone with the volume | 1, 1, 1 |',
    '| rows of tails read from a copy, found in WAL by their number, by their commit alone, nowhere | 4, 3, 1, 8 |',
    '- round 2, asynchronous: docker.diverged-1 cannot be opened: it is none', '| two timelines of one number | 1 |', '| a | 3 | 0 |', '| b | 1 | 1 |', '- round 4, asynchronous: it hangs',
  ]) expect(page.split('\n')).toContain(line);
  expect(page).toContain('4 of 9 rounds from 0 on, with the seed 7, on PostgreSQL 17, commit 1e94766: 3 pods, quorum 1');
  expect(page).toContain('after 8 s, where it waits for a minute otherwise');
  expect(renderReport(head, [])).toContain('0 of 9 rounds');
});
