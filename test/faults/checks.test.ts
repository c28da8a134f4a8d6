import { Evidence, judge, unseen } from './checks';
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
    forced: false,
    forcedPods: new Set(),
    emptied: new Map(),
    begun: new Map(),
    kept: new Map(),
    ...changes,
  };
}

const ids = (list: readonly Acknowledged[]) => list.map(({ id }) => id);
const asynchronous = { mode: 'asynchronous', forced: true } as const;
const old = rows(0, 1, 1, 20, 0);
const successor = rows(1, 2, 1, 20, 1000);

describe('what is as it should be has no failure', () => {
  test('rows of two primaries, one after the other, in both modes', () => {
    for (const mode of ['synchronous', 'asynchronous'] as const) {
      expect(judge(evidence(historyOf(...old, ...successor), { mode }))).toEqual({ failures: [], tails: [], overlaps: [], namesakes: [] });
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
    const { failures } = judge(evidence(historyOf(...old, ...successor), { forced: true }, [old[19].id]));
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
  const kept = new Map([[0, { copies: 1, transactions: 0 }]]);
  const found = (history: History, changes: Partial<Evidence> = {}, without = lost) =>
    evidence(history, { ...asynchronous, forcedPods: new Set([2]), begun: both, kept, ...changes }, without);
  const told = 'pods 0 and 2 both acknowledged rows on timeline 2';

  test('are told and no failure, where a failover was forced, each pod was promoted itself, and one of them is left', () => {
    const history = historyOf(...old, ...first, ...second);
    expect(judge(found(history))).toEqual({
      failures: [],
      tails: [{ node: 0, timeline: 2, rows: 5, where: 'copy' }],
      overlaps: [{ node: 0, timeline: 2, newer: 2, rows: 1, milliseconds: 10 }],
      namesakes: [{ timeline: 2, nodes: [0, 2] }],
    });
  });

  test('are told also where the first one is left', () => {
    const verdict = judge(found(historyOf(...old, ...first, ...second), { kept: new Map([[2, { copies: 1, transactions: 0 }]]) }, ids(second)));
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
      .toEqual(['5 lost rows of pod 0 have to be kept on its volume, where WAL of 0 transactions and no copy is']);
  });

  test('are a failure where nothing is left of either, or not all of the one that is left', () => {
    const history = historyOf(...old, ...first, ...second);
    const bothKept = new Map([0, 2].map((node) => [node, { copies: 1, transactions: 0 }]));
    const newest = 'although no newer timeline has been written on';
    expect(judge(found(history, { kept: bothKept }, [...lost, ...ids(second)])).failures).toEqual([
      `5 rows that pod 0 acknowledged on timeline 2 are lost, ${newest}`, `5 rows that pod 2 acknowledged on timeline 2 are lost, ${newest}`,
    ]);
    expect(judge(found(history, { kept: bothKept }, [...lost, second[4].id])).failures)
      .toEqual([`1 rows that pod 2 acknowledged on timeline 2 are lost, ${newest}`]);
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

  test('is told and no failure, where a failover was forced and its WAL is kept', () => {
    const kept = new Map([[0, { copies: 0, transactions: 5 }]]);
    expect(judge(evidence(history(), { ...asynchronous, kept }, tail)))
      .toEqual({ failures: [], tails: [{ node: 0, timeline: 1, rows: 5, where: 'WAL' }], overlaps: [], namesakes: [] });
  });

  test('is told and no failure, where the whole copy is kept or the volume was emptied', () => {
    expect(judge(evidence(history(), { ...asynchronous, kept: new Map([[0, { copies: 1, transactions: 0 }]]) }, tail)))
      .toMatchObject({ failures: [], tails: [{ where: 'copy' }] });
    expect(judge(evidence(history(), { ...asynchronous, forced: false, emptied: new Map([[0, 1000]]) }, tail)))
      .toMatchObject({ failures: [], tails: [{ where: 'emptied' }] });
  });

  test('is a failure where nobody decided, where nothing or too little is kept', () => {
    const kept = new Map([[0, { copies: 0, transactions: 5 }]]);
    expect(judge(evidence(history(), { ...asynchronous, forced: false, kept }, tail)).failures)
      .toEqual(['5 rows that pod 0 acknowledged on timeline 1 are lost, and nobody had forced a failover']);
    for (const found of [new Map(), new Map([[0, { copies: 0, transactions: 4 }]])]) {
      expect(judge(evidence(history(), { ...asynchronous, kept: found }, tail)).failures).toEqual([
        `5 lost rows of pod 0 have to be kept on its volume, where WAL of ${found.size ? 4 : 0} transactions and no copy is`,
      ]);
    }
  });

  test('is a failure where the volume of another pod was emptied, and where its own was before the rows were written', () => {
    const kept = new Map([[0, { copies: 0, transactions: 5 }]]);
    const told = '5 rows that pod 0 acknowledged on timeline 1 are lost, and nobody had forced a failover';
    for (const [node, at] of [[2, 1000], [0, 100]]) {
      expect(judge(evidence(history(), { ...asynchronous, forced: false, emptied: new Map([[node, at]]), kept }, tail)).failures).toEqual([told]);
    }
  });

  test('is a failure where nothing is kept by one whose volume was emptied before the rows were written', () => {
    const verdict = judge(evidence(history(), { ...asynchronous, emptied: new Map([[0, 100]]) }, tail));
    expect(verdict.failures).toEqual(['5 lost rows of pod 0 have to be kept on its volume, where WAL of 0 transactions and no copy is']);
    expect(verdict.tails).toMatchObject([{ where: 'nowhere' }]);
  });

  test('is a failure where rows behind it are there', () => {
    const kept = new Map([[0, { copies: 1, transactions: 0 }]]);
    expect(judge(evidence(history(), { ...asynchronous, kept }, [old[10].id])).failures)
      .toEqual(['1 rows that pod 0 acknowledged on timeline 1 are lost, and 9 rows (1000000012 of writer 0, 1000000013 of writer 0, 1000000014 of writer 0, …) that came later are there']);
  });

  test('is a failure on the newest timeline', () => {
    const kept = new Map([[1, { copies: 1, transactions: 0 }]]);
    expect(judge(evidence(history(), { ...asynchronous, kept }, [successor[19].id])).failures)
      .toEqual(['1 rows that pod 1 acknowledged on timeline 2 are lost, although no newer timeline has been written on']);
  });

  test('and an overlap on another timeline is told', () => {
    const apart = historyOf(...old, ...successor, ...rows(0, 1, 21, 3, 1100));
    const kept = new Map([[0, { copies: 0, transactions: 3 }]]);
    expect(judge(evidence(apart, { ...asynchronous, kept }, ids(rows(0, 1, 21, 3, 1100))))).toEqual({
      failures: [],
      tails: [{ node: 0, timeline: 1, rows: 3, where: 'WAL' }],
      overlaps: [{ node: 0, timeline: 1, newer: 2, rows: 3, milliseconds: 120 }],
      namesakes: [],
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
