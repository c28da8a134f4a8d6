import { Evidence, judge, Kept, NOTHING_KEPT, unseen } from './checks';
import { Acknowledged, History, rowId } from './history';

/** Rows of one pod on one timeline, one every 10 ms. */
function rows(node: number, timeline: number, first: number, count: number, begin: number): Acknowledged[] {
  return Array.from({ length: count }, (_, index) => {
    const sent = begin + 10 * index;
    return { id: rowId(node, first + index), node, timeline, begin: sent, end: sent + 5 };
  });
}

function historyOf(...acknowledged: readonly Acknowledged[]): History {
  const history = new History();
  for (const row of acknowledged) history.acknowledge(row);
  return history;
}

/** What a check finds where all pods have what was acknowledged. */
function evidence(history: History, changes: Partial<Evidence> = {}, without: readonly number[] = []): Evidence {
  const ids = history.acknowledged.map(({ id }) => id).filter((id) => !without.includes(id));
  return {
    mode: 'synchronous',
    history,
    present: new Map([0, 1, 2].map((node) => [node, new Set([...history.settled, ...ids])])),
    forcedPods: new Set(),
    emptied: new Map(),
    begun: new Map(),
    kept: new Map(),
    ...changes,
  };
}

const ids = (list: readonly Acknowledged[]) => list.map(({ id }) => id);
/** Pod 1 was forced, and has begun the second timeline. */
const asynchronous = { mode: 'asynchronous', forcedPods: new Set([1]), begun: new Map([[1, new Set([2])]]) } as const;
/** What is kept of a pod's rows: read from a copy, or in WAL. */
const inCopy = (rowsThere: readonly number[]): Kept => ({ ...NOTHING_KEPT, copies: 1, inCopies: new Set(rowsThere) });
const inWal = (rowsThere: readonly number[]): Kept => ({ ...NOTHING_KEPT, transactions: rowsThere.length, inWal: new Set(rowsThere) });
const notKept = (count: number, which: string, { copies, transactions, unnamed } = NOTHING_KEPT): string =>
  `${count} lost rows of pod 0 have to be kept on its volume, and ${which} are neither in ${copies} copies nor in WAL of `
  + `${transactions} transactions, ${unnamed} of which name no row`;
const UNDECIDED = 'and no pod that was forced has begun a newer one';
const old = rows(0, 1, 1, 20, 0);
const successor = rows(1, 2, 1, 20, 1000);

describe('what is as it should be has no failure', () => {
  test('rows of two primaries, one after the other, in both modes', () => {
    for (const mode of ['synchronous', 'asynchronous'] as const) {
      const nothing = { failures: [], tails: [], overlaps: [], namesakes: [], unopened: [] };
      expect(judge(evidence(historyOf(...old, ...successor), { mode }))).toEqual(nothing);
    }
  });

  test('a row whose answer was lost, there or not', () => {
    const history = historyOf(...old);
    history.lose(rowId(0, 21));
    expect(judge(evidence(history)).failures).toEqual([]);
    const all = new Set([...ids(old), rowId(0, 21)]);
    expect(judge(evidence(history, { present: new Map([[0, all], [1, all]]) })).failures).toEqual([]);
  });

  test('a statement that was under way when the new primary began', () => {
    const late = { ...old[19], id: rowId(0, 21), begin: 1001, end: 1400 };
    expect(judge(evidence(historyOf(...old, late, ...successor)))).toMatchObject({ failures: [], overlaps: [] });
  });
});

describe('with synchronous replication', () => {
  test('a lost row is found', () => {
    const { failures } = judge(evidence(historyOf(...old, ...successor), { forcedPods: new Set([1]) }, [old[19].id]));
    expect(failures).toEqual(['1 rows (1000000020 of writer 0) were acknowledged and are not on every pod: 1 of pod 0 on timeline 1 from 190 ms on']);
  });

  test('two pods that acknowledge at the same time are found, although they have timelines of their own and nothing is lost', () => {
    const { failures, overlaps } = judge(evidence(historyOf(...old, ...successor, ...rows(0, 1, 21, 3, 1100))));
    expect(failures).toEqual(['pod 0 acknowledged 3 rows on timeline 1 after timeline 2 had begun, for 120 ms: two writers']);
    expect(overlaps).toEqual([{ node: 0, timeline: 1, newer: 2, rows: 3, milliseconds: 120 }]);
  });
});

describe('a timeline whose only volume was emptied', () => {
  const gone = rows(2, 2, 1, 5, 1000);
  const again = rows(1, 2, 1, 5, 3000);
  const lost = ids(gone);
  const emptied = new Map([[2, 2000]]);

  test('may be begun again by another pod, in later rounds, too', () => {
    const history = historyOf(...old, ...gone, ...again);
    const found = evidence(history, { ...asynchronous, emptied }, lost);
    expect(judge(found)).toMatchObject({ failures: [], tails: [{ where: 'emptied' }] });
    history.settle(found.present.get(1)!, emptied);
    expect(judge(evidence(history, asynchronous)).failures).toEqual([]);
  });

  const told = 'pods 1 and 2 both acknowledged rows on timeline 2';
  test('may not where the volume was emptied before its last row, where one of them is there, or where the timeline was there before', () => {
    expect(judge(evidence(historyOf(...old, ...gone, ...again), { ...asynchronous, emptied: new Map([[2, 1020]]) }, lost)).failures).toContain(told);
    expect(judge(evidence(historyOf(...old, ...gone, ...again), { ...asynchronous, emptied }, lost.slice(1))).failures).toContain(told);
    const history = historyOf(...gone.slice(0, 1));
    history.settle(new Set(lost), new Map());
    for (const row of [...gone.slice(1), ...again]) history.acknowledge(row);
    expect(judge(evidence(history, { ...asynchronous, emptied }, lost.slice(1))).failures).toContain(told);
  });
});

describe('two timelines of one number', () => {
  const first = rows(0, 2, 101, 5, 1000);
  const second = rows(2, 2, 1, 5, 1030);
  const lost = ids(first);
  const both = new Map([[0, new Set([2])], [2, new Set([2])]]);
  const kept = new Map([[0, inCopy(lost)]]);
  const found = (history: History, changes: Partial<Evidence> = {}, without = lost) =>
    evidence(history, { ...asynchronous, forcedPods: new Set([2]), begun: both, kept, ...changes }, without);
  const told = 'pods 0 and 2 both acknowledged rows on timeline 2';

  test('are told and no failure, where a failover was forced, each pod was promoted itself, and one of them is left', () => {
    const history = historyOf(...old, ...first, ...second);
    expect(judge(found(history))).toEqual({
      failures: [],
      tails: [{ node: 0, timeline: 2, rows: 5, inCopies: 5, inWal: 0, where: 'copy' }],
      overlaps: [{ node: 0, timeline: 2, newer: 2, rows: 1, milliseconds: 10 }],
      namesakes: [{ timeline: 2, nodes: [0, 2] }],
      unopened: [],
    });
  });

  test('are told also where the first one is left', () => {
    const verdict = judge(found(historyOf(...old, ...first, ...second), { kept: new Map([[2, inCopy(ids(second))]]) }, ids(second)));
    expect(verdict).toMatchObject({ failures: [], tails: [{ node: 2 }], namesakes: [{ timeline: 2, nodes: [0, 2] }] });
  });

  test('are one from then on', () => {
    const history = historyOf(...old, ...first, ...second);
    history.settle(found(history).present.get(1)!, new Map(), judge(found(history)).namesakes);
    for (const row of rows(2, 2, 6, 5, 5000)) history.acknowledge(row);
    expect(judge(found(history, {}, []))).toMatchObject({ failures: [], namesakes: [] });
    for (const row of rows(0, 2, 106, 5, 6000)) history.acknowledge(row);
    expect(judge(found(history, {}, [])).failures).toContain(told);
  });

  test('are a failure where neither was forced, with synchronous replication, where one was not promoted, and where rows of both are there', () => {
    const history = historyOf(...old, ...first, ...second);
    for (const changes of [{ forcedPods: new Set([1]) }, { mode: 'synchronous' }, { begun: new Map([[0, new Set([2])], [2, new Set([1])]]) }, { begun: new Map() }] as const) {
      expect(judge(found(history, changes)).failures).toContain(told);
    }
    expect(judge(found(history, {}, lost.slice(1))).failures).toContain(told);
  });

  test('are a failure where nothing is kept of the one that is lost', () => {
    expect(judge(found(historyOf(...old, ...first, ...second), { kept: new Map() })).failures)
      .toEqual([notKept(5, '5 rows (1000000101 of writer 0, 1000000102 of writer 0, 1000000103 of writer 0, …)')]);
  });

  test('are a failure where nothing is left of either, or not all of the one that is left', () => {
    const history = historyOf(...old, ...first, ...second);
    const bothKept = new Map([[0, inCopy(lost)], [2, inCopy(ids(second))]]);
    const newest = 'although no newer timeline has been written on';
    expect(judge(found(history, { kept: bothKept }, [...lost, ...ids(second)])).failures).toEqual([
      ...[UNDECIDED, newest].map((why) => `5 rows that pod 0 acknowledged on timeline 2 are lost, ${why}`),
      ...[UNDECIDED, newest].map((why) => `5 rows that pod 2 acknowledged on timeline 2 are lost, ${why}`),
    ]);
    expect(judge(found(history, { kept: bothKept }, [...lost, second[4].id])).failures)
      .toEqual([UNDECIDED, newest].map((why) => `1 rows that pod 2 acknowledged on timeline 2 are lost, ${why}`));
  });

  test('are a failure where one is of an earlier round', () => {
    const history = historyOf(...old, ...first);
    history.settle(new Set(ids(old)), new Map());
    for (const row of second) history.acknowledge(row);
    expect(judge(found(history, { begun: new Map([[2, new Set([2])]]) }, [])).failures).toContain(told);
  });
});

describe('in any case', () => {
  test('two writers on one timeline are found', () => {
    const { failures } = judge(evidence(historyOf(...old, ...rows(2, 1, 1, 2, 500)), asynchronous));
    expect(failures).toEqual(['pods 0 and 2 both acknowledged rows on timeline 1']);
  });

  test('two writers on one timeline are found where the first one wrote in an earlier round', () => {
    const history = historyOf(...old);
    history.settle(new Set(ids(old)), new Map());
    for (const row of rows(2, 1, 1, 2, 500)) history.acknowledge(row);
    expect(judge(evidence(history)).failures).toEqual(['pods 0 and 2 both acknowledged rows on timeline 1']);
  });

  test('a row that is on one pod only is found, acknowledged or not', () => {
    const history = historyOf(...old);
    history.lose(rowId(0, 21));
    const all = new Set(ids(old));
    const present = new Map([[0, all], [1, all], [2, new Set([...all, rowId(0, 21)])]]);
    expect(judge(evidence(history, { present })).failures).toEqual(['pod 2 has 1 rows (1000000021 of writer 0) that others lack']);
    const fewer = new Map([[0, all], [1, new Set(ids(old.slice(0, 19)))], [2, all]]);
    expect(judge(evidence(history, { present: fewer })).failures).toHaveLength(3);
  });

  test('a row that was on all pods once and is gone is found, with asynchronous replication too', () => {
    const history = historyOf(...old);
    history.settle(new Set(ids(old)), new Map());
    const present = new Map([0, 1, 2].map((node) => [node, new Set(ids(old.slice(0, 19)))]));
    expect(judge(evidence(history, { ...asynchronous, present })).failures)
      .toEqual(['1 rows (1000000020 of writer 0) were on all pods after an earlier round and are gone']);
  });

  test('rows that were refused, that had been missing, or that nobody wrote are found', () => {
    const history = historyOf(...old);
    history.lose(rowId(0, 21));
    history.settle(new Set(ids(old)), new Map());
    history.refuse(rowId(1, 1));
    const all = new Set([...ids(old), rowId(0, 21), rowId(1, 1), 5]);
    expect(judge(evidence(history, { present: new Map([[0, all], [1, all]]) })).failures.slice(0, 2)).toEqual([
      'pod 0 has 2 rows (1000000021 of writer 0, 2000000001 of writer 1) that were refused, or missing after an earlier round',
      'pod 0 has 1 rows (5 of writer -1) that nobody wrote',
    ]);
  });
});

describe('with asynchronous replication a lost tail', () => {
  const tail = ids(old.slice(15));
  const history = () => historyOf(...old, ...successor);
  const kept = new Map([[0, inWal(tail)]]);
  const undecided = `5 rows that pod 0 acknowledged on timeline 1 are lost, ${UNDECIDED}`;
  const judged = (changes: Partial<Evidence>, without = tail) => judge(evidence(history(), { ...asynchronous, kept, ...changes }, without));

  test('is told and no failure, where a failover was forced and its WAL is kept', () => {
    expect(judged({})).toEqual({
      failures: [], tails: [{ node: 0, timeline: 1, rows: 5, inCopies: 0, inWal: 5, where: 'WAL' }], overlaps: [], namesakes: [], unopened: [],
    });
  });

  test('is told and no failure, where a copy has it or the volume was emptied', () => {
    expect(judged({ kept: new Map([[0, inCopy(tail)]]) })).toMatchObject({ failures: [], tails: [{ inCopies: 5, where: 'copy' }] });
    expect(judged({ forcedPods: new Set(), kept: new Map(), emptied: new Map([[0, 1000]]) }))
      .toMatchObject({ failures: [], tails: [{ where: 'emptied' }] });
  });

  test('is told and no failure, where a copy has some of it and WAL the rest, of one transaction the commit alone', () => {
    const some = { ...inCopy(tail.slice(0, 2)), transactions: 4, unnamed: 1, inWal: new Set(tail.slice(2, 4)) };
    expect(judged({ kept: new Map([[0, some]]) })).toMatchObject({ failures: [], tails: [{ rows: 5, inCopies: 2, inWal: 2, where: 'WAL' }] });
  });

  test('is a failure where nobody decided', () => {
    expect(judged({ forcedPods: new Set() }).failures).toEqual([undecided]);
  });

  test('is a failure where somebody forced another pod than the one that went on, or one that began no newer timeline', () => {
    expect(judged({ forcedPods: new Set([2]) }).failures).toEqual([undecided]);
    for (const begun of [[], [1]]) expect(judged({ begun: new Map([[1, new Set(begun)]]) }).failures).toEqual([undecided]);
    expect(judged({ forcedPods: new Set([2]), begun: new Map([[1, new Set([2])], [2, new Set([1])]]) }).failures).toEqual([undecided]);
  });

  test('is a failure where it is of a timeline that was begun behind the forced failover', () => {
    const third = rows(2, 3, 1, 5, 2000);
    const changes = { ...asynchronous, kept: new Map([[1, inWal(ids(successor))]]) };
    const behind = evidence(historyOf(...old, ...successor, ...third), changes, [successor[19].id]);
    const told = [`1 rows that pod 1 acknowledged on timeline 2 are lost, ${UNDECIDED}`];
    expect(judge(behind).failures).toEqual(told);
    expect(judge({ ...behind, begun: new Map([...asynchronous.begun, [2, new Set([3])]]) }).failures).toEqual(told);
    expect(judge({ ...behind, forcedPods: new Set([2]), begun: new Map([[2, new Set([3])]]) }).failures).toEqual([]);
  });

  test('is a failure where nothing or too little is kept', () => {
    const some = { ...inWal(tail.slice(1)), transactions: 5 };
    expect(judged({ kept: new Map() }).failures).toEqual([notKept(5, '5 rows (1000000016 of writer 0, 1000000017 of writer 0, 1000000018 of writer 0, …)')]);
    expect(judged({ kept: new Map([[0, some]]) }))
      .toMatchObject({ failures: [notKept(5, '1 rows (1000000016 of writer 0)', some)], tails: [{ inWal: 4, where: 'nowhere' }] });
  });

  test('is a failure where a copy lacks a row of it, or could not be opened: then why is told', () => {
    const lacking = inCopy(tail.slice(1));
    expect(judged({ kept: new Map([[0, lacking]]) }))
      .toMatchObject({ failures: [notKept(5, '1 rows (1000000016 of writer 0)', lacking)], tails: [{ where: 'nowhere' }] });
    const closed = { ...NOTHING_KEPT, copies: 1, unopened: ['a copy cannot be opened: it is none'] };
    const verdict = judged({ kept: new Map([[0, closed]]) });
    expect(verdict.failures[0]).toContain('are neither in 1 copies (a copy cannot be opened: it is none) nor in WAL of 0 transactions');
    expect(verdict.unopened).toEqual(closed.unopened);
  });

  test('is a failure where the volume of another pod was emptied, and where its own was before the rows were written', () => {
    for (const [node, at] of [[2, 1000], [0, 100]]) {
      expect(judged({ forcedPods: new Set(), emptied: new Map([[node, at]]) }).failures).toEqual([undecided]);
    }
  });

  test('is a failure where nothing is kept by one whose volume was emptied before the rows were written', () => {
    const verdict = judged({ kept: new Map(), emptied: new Map([[0, 100]]) });
    expect(verdict.failures).toEqual([notKept(5, '5 rows (1000000016 of writer 0, 1000000017 of writer 0, 1000000018 of writer 0, …)')]);
    expect(verdict.tails).toMatchObject([{ where: 'nowhere' }]);
  });

  test('is a failure where rows behind it are there', () => {
    expect(judged({ kept: new Map([[0, inCopy(ids(old))]]) }, [old[10].id]).failures)
      .toEqual(['1 rows that pod 0 acknowledged on timeline 1 are lost, and 9 rows (1000000012 of writer 0, 1000000013 of writer 0, 1000000014 of writer 0, …) that came later are there']);
  });

  test('is a failure on the newest timeline', () => {
    expect(judged({ kept: new Map([[1, inCopy(ids(successor))]]), begun: new Map([[1, new Set([2, 3])]]) }, [successor[19].id]).failures)
      .toEqual(['1 rows that pod 1 acknowledged on timeline 2 are lost, although no newer timeline has been written on']);
  });

  test('and an overlap on another timeline is told', () => {
    const late = rows(0, 1, 21, 3, 1100);
    const changes = { ...asynchronous, kept: new Map([[0, inWal(ids(late))]]) };
    expect(judge(evidence(historyOf(...old, ...successor, ...late), changes, ids(late)))).toEqual({
      failures: [],
      tails: [{ node: 0, timeline: 1, rows: 3, inCopies: 0, inWal: 3, where: 'WAL' }],
      overlaps: [{ node: 0, timeline: 1, newer: 2, rows: 3, milliseconds: 120 }],
      namesakes: [],
      unopened: [],
    });
  });
});

describe('where the pods did not come together', () => {
  const history = historyOf(...old, ...successor);

  test('a row that is on one of those that answer is there', () => {
    expect(unseen(history, new Map([[0, new Set(ids(old))], [2, new Set(ids(successor))]])))
      .toBe('each of the 40 acknowledged rows is on one of the pods that answer (0, 2)');
  });

  test('one that is on none of them is told', () => {
    const [gone, ...others] = ids(successor);
    expect(unseen(history, new Map([[0, new Set([...ids(old), ...others])]])))
      .toBe(`1 rows (${gone} of writer 1) of 40 that were acknowledged are on none of the pods that answer (0)`);
    expect(unseen(history, new Map())).toMatch(/^40 rows .* of 40 that were acknowledged are on none of the pods that answer \(none\)$/);
  });
});
