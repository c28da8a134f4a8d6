import type { RoundResult } from './campaign';
import { renderReport, vainOnes } from './report';

const head = { seed: 7, first: 0, rounds: 9, life: 5, only: '', server: 'PostgreSQL 17', commit: '1e94766' };

function round(number: number, faults: readonly string[], changes: Partial<RoundResult> = {}): RoundResult {
  const steps = faults.map((fault) => ({ fault }));
  const nothing = { notes: [], inVain: [], forcedBy: [], wentBack: false, failures: [], tails: [], overlaps: [], namesakes: [] };
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

test('a fault that was planned often and never done is found, and so is a campaign that has done nothing', () => {
  const done = round(0, ['a', 'b']);
  const vain = [1, 2, 3, 4, 5].map((number) => round(number, ['c'], { inVain: ['c'] }));
  expect(vainOnes([done, ...vain])).toEqual(['c']);
  expect(vainOnes([done, ...vain.slice(1)])).toEqual([]);
  expect(vainOnes([done, ...vain, round(6, ['c'])])).toEqual([]);
  expect(vainOnes(vain.slice(0, 1))).toEqual(['c']);
});

test('the report tells what was done and what was not, and how long it took', () => {
  const page = renderReport(head, [
    round(1, ['a', 'b'], { inVain: ['b'], forcedBy: ['plan'], tails: [{ node: 0, timeline: 1, rows: 3, where: 'WAL' }], namesakes: [{ timeline: 2, nodes: [0, 1] }] }),
    round(2, ['a'], { forcedBy: ['plan', 'person'] }),
    round(30, ['a'], { forcedBy: ['person'], wentBack: true }),
    round(4, [], { healing: undefined, failures: ['it hangs'] }),
  ]);
  for (const line of [
    '| replication | asynchronous |', '| rounds | 4 |', '| failed | 1 |', '| rows acknowledged | 400 |', '| of these lost in a tail | 3 |',
    '| failovers forced by plan, by a person | 2, 2 |', '| rounds in which a person went back | 1 |', '| seconds to come together, median (90 %, longest) | 2.0 (30.0, 30.0) |',
    '| of these kept as WAL, as a copy, gone with the volume | 1, 0, 0 |', '| two timelines of one number | 1 |', '| a | 3 | 0 |', '| b | 1 | 1 |', '- round 4, asynchronous: it hangs',
  ]) expect(page.split('\n')).toContain(line);
  expect(page).toContain('4 of 9 rounds from 0 on, with the seed 7, on PostgreSQL 17, commit 1e94766: 3 pods, quorum 1');
  expect(page).toContain('after 8 s, where it waits for a minute otherwise');
  expect(renderReport(head, [])).toContain('0 of 9 rounds');
});
