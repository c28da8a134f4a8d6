import { Acknowledged, History, Namesakes, writerOf } from './history';

export type Mode = 'synchronous' | 'asynchronous';

/** What an old primary keeps of what was taken from it, as found on its volume after a round. */
export interface Kept {
  /** Set-aside copies of the whole database, those that a person took away in this round included. */
  readonly copies: number;
  /** The rows that servers have read from these, and why one did not. */
  readonly inCopies: ReadonlySet<number>;
  readonly unopened: readonly string[];
  /** How many transactions that wrote rows are in the kept WAL, and of how many only the commit tells. */
  readonly transactions: number;
  readonly unnamed: number;
  /** Of the lost rows those that are in records of the others. */
  readonly inWal: ReadonlySet<number>;
}

export const NOTHING_KEPT: Kept = { copies: 0, inCopies: new Set(), unopened: [], transactions: 0, unnamed: 0, inWal: new Set() };

/** What a round left behind. */
export interface Evidence {
  readonly mode: Mode;
  readonly history: History;
  /** The rows of each node, once all stream and have replayed everything. */
  readonly present: ReadonlyMap<number, ReadonlySet<number>>;
  /** The pods that somebody has made the primary by force in this round. */
  readonly forcedPods: ReadonlySet<number>;
  /** The pods whose volume was emptied in this round, and when. */
  readonly emptied: ReadonlyMap<number, number>;
  /** The timelines that each pod's server has begun in this round. */
  readonly begun: ReadonlyMap<number, ReadonlySet<number>>;
  readonly kept: ReadonlyMap<number, Kept>;
}

/** Rows that one writer was told of and that an asynchronous failover has lost, as it may. */
export interface Tail {
  readonly node: number;
  readonly timeline: number;
  readonly rows: number;
  /** How many of them were read from a copy, and how many of the others are in kept WAL. */
  readonly inCopies: number;
  readonly inWal: number;
  /** Where they are: all of them in copies, in WAL as well, or nowhere, as they may be only where the volume was emptied. */
  readonly where: 'WAL' | 'copy' | 'emptied' | 'nowhere';
}

/** Rows that a node acknowledged on an old timeline after the first one on a newer timeline, or on a later one with the same number. */
export interface Overlap {
  readonly node: number;
  readonly timeline: number;
  readonly newer: number;
  readonly rows: number;
  readonly milliseconds: number;
}

export interface Verdict {
  readonly failures: readonly string[];
  readonly tails: readonly Tail[];
  readonly overlaps: readonly Overlap[];
  readonly namesakes: readonly Namesakes[];
  /** Why copies that may have lost rows could not be looked into. */
  readonly unopened: readonly string[];
}

/** Everything that must hold after a round, and what may have happened and is told. */
export function judge(evidence: Evidence): Verdict {
  const { history, present, mode } = evidence;
  const everywhere = onAll(present);
  const missing = lostRows(history, present);
  const namesakes = findNamesakes(evidence, everywhere);
  const overlaps = findOverlaps(history);
  const tails = mode === 'asynchronous' ? tailsOf(missing, evidence) : [];
  return {
    failures: [
      ...differences(present, everywhere),
      ...lostForGood(history, everywhere),
      ...strangers(history, present),
      ...severalWriters(evidence, everywhere, namesakes),
      ...mode === 'synchronous' ? [...lost(missing), ...overlaps.map(toldOverlap)] : [...wrongTails(missing, evidence, everywhere, namesakes), ...notKept(missing, evidence)],
    ],
    tails,
    overlaps,
    namesakes,
    unopened: [...evidence.kept.values()].flatMap(({ unopened }) => unopened),
  };
}

/** What was acknowledged since the last check and is not on every pod. */
export function lostRows({ acknowledged }: History, present: Evidence['present']): Acknowledged[] {
  const everywhere = onAll(present);
  return acknowledged.filter(({ id }) => !everywhere.has(id));
}

function onAll(present: Evidence['present']): Set<number> {
  return new Set([...first(present)].filter((id) => [...present.values()].every((rows) => rows.has(id))));
}

/** What can be said of the acknowledged rows where the pods did not come together: whether any of those that answer has them. */
export function unseen({ acknowledged, settled }: History, present: Evidence['present']): string {
  const ids = [...settled, ...acknowledged.map(({ id }) => id)];
  const nowhere = ids.filter((id) => ![...present.values()].some((rows) => rows.has(id)));
  const pods = `the pods that answer (${[...present.keys()].join(', ') || 'none'})`;
  return nowhere.length ? `${sample(nowhere)} of ${ids.length} that were acknowledged are on none of ${pods}` : `each of the ${ids.length} acknowledged rows is on one of ${pods}`;
}

function first<T>(map: ReadonlyMap<number, T>): T {
  return [...map.values()][0];
}

/** A row that is on some nodes and not on others, although all have replayed the same. */
function differences(present: Evidence['present'], everywhere: ReadonlySet<number>): string[] {
  return [...present].filter(([, rows]) => rows.size !== everywhere.size)
    .map(([node, rows]) => `pod ${node} has ${sample([...rows].filter((id) => !everywhere.has(id)))} that others lack`);
}

/** What all nodes had once may never go: nobody may fall back behind that, not even with asynchronous replication. */
function lostForGood({ settled }: History, everywhere: ReadonlySet<number>): string[] {
  const gone = [...settled].filter((id) => !everywhere.has(id));
  return gone.length ? [`${sample(gone)} were on all pods after an earlier round and are gone`] : [];
}

/** Rows that nobody wrote, or that had been refused or lost before. */
function strangers({ absent, settled, unknown, acknowledged }: History, present: Evidence['present']): string[] {
  const expected = new Set([...settled, ...unknown, ...acknowledged.map(({ id }) => id)]);
  return [...present].flatMap(([node, rows]) => {
    const back = [...rows].filter((id) => absent.has(id));
    const strange = [...rows].filter((id) => !expected.has(id) && !absent.has(id));
    return [
      ...back.length ? [`pod ${node} has ${sample(back)} that were refused, or missing after an earlier round`] : [],
      ...strange.length ? [`pod ${node} has ${sample(strange)} that nobody wrote`] : [],
    ];
  });
}

/** Who has acknowledged rows on each timeline, but for those whose timeline went with their volume. */
function writersOf({ history, emptied }: Evidence, everywhere: ReadonlySet<number>): [number, number[]][] {
  return [...history.timelines].map(([timeline, nodes]) =>
    [timeline, [...nodes.keys()].filter((node) => !history.isGone(timeline, node, everywhere, emptied))]);
}

/**
 * Where somebody forces a pod that has not heard of the last promotion, PostgreSQL gives its timeline the number of that one's. They are two timelines where
 * each pod was promoted itself since the last check, all but one of them by force, and where only one of them is left; with synchronous replication nobody
 * may write on the other.
 */
function findNamesakes(evidence: Evidence, everywhere: ReadonlySet<number>): Namesakes[] {
  const { history, mode, forcedPods, begun } = evidence;
  if (mode === 'synchronous') return [];
  return writersOf(evidence, everywhere)
    .filter(([timeline, nodes]) => nodes.length > 1 && nodes.every((node) => begun.get(node)?.has(timeline)))
    .filter(([, nodes]) => nodes.filter((node) => !forcedPods.has(node)).length <= 1)
    .filter(([timeline, nodes]) => nodes.filter((node) => history.isThere(timeline, node, everywhere)).length <= 1)
    .map(([timeline, nodes]) => ({ timeline, nodes }));
}

function severalWriters(evidence: Evidence, everywhere: ReadonlySet<number>, namesakes: readonly Namesakes[]): string[] {
  return writersOf(evidence, everywhere)
    .filter(([timeline, nodes]) => nodes.length > 1 && !namesakes.some((one) => one.timeline === timeline))
    .map(([timeline, nodes]) => `pods ${[...nodes].sort().join(' and ')} both acknowledged rows on timeline ${timeline}`);
}

function lost(missing: readonly Acknowledged[]): string[] {
  return missing.length ? [`${sample(missing.map(({ id }) => id))} were acknowledged and are not on every pod: ${described(missing)}`] : [];
}

/** What was sent on an old timeline after a newer one had been told of a row: then two have been writing at the same time. */
function findOverlaps({ acknowledged, timelines }: History): Overlap[] {
  const grouped = groups(acknowledged);
  return [...grouped.values()].flatMap((rows) => {
    const [{ node, timeline }] = rows;
    const own = timelines.get(timeline)!.get(node)!;
    const [newer] = [...timelines].flatMap(([number, nodes]) => [...nodes.values()].map((begin) => ({ number, begin })))
      .filter(({ number, begin }) => number > timeline || (number === timeline && begin > own)).sort((a, b) => a.begin - b.begin);
    const after = newer ? rows.filter(({ begin }) => begin > newer.begin) : [];
    if (after.length === 0) return [];
    return [{ node, timeline, newer: newer.number, rows: after.length, milliseconds: after[after.length - 1].end - newer.begin }];
  });
}

function toldOverlap({ node, timeline, newer, rows, milliseconds }: Overlap): string {
  return `pod ${node} acknowledged ${rows} rows on timeline ${timeline} after timeline ${newer} had begun, for ${milliseconds} ms: two writers`;
}

function tailsOf(missing: readonly Acknowledged[], { emptied, kept }: Evidence): Tail[] {
  return [...groups(missing).values()].map((rows) => {
    const [{ node, timeline }] = rows;
    const { inCopies, inWal, unnamed } = kept.get(node) ?? NOTHING_KEPT;
    const others = rows.filter(({ id }) => !inCopies.has(id));
    const named = others.filter(({ id }) => inWal.has(id));
    const isInWal = others.length <= named.length + unnamed;
    const where = wereEmptied(rows, emptied) ? 'emptied' : others.length === 0 ? 'copy' : isInWal ? 'WAL' : 'nowhere';
    return { node, timeline, rows: rows.length, inCopies: rows.length - others.length, inWal: named.length, where };
  });
}

/** A tail may only be lost by a decision, from an old timeline, without a hole in it. */
function wrongTails(
  missing: readonly Acknowledged[], evidence: Evidence, everywhere: ReadonlySet<number>, namesakes: readonly Namesakes[],
): string[] {
  const { history, emptied } = evidence;
  const { acknowledged, timelines } = history;
  // nothing of it is left, and something of the other one with that number
  const hasMadeWay = ({ timeline, node }: Acknowledged): boolean => !history.isThere(timeline, node, everywhere)
    && namesakes.some((one) => one.timeline === timeline && one.nodes.some((other) => history.isThere(timeline, other, everywhere)));
  const newest = Math.max(...timelines.keys());
  const all = groups(acknowledged);
  return [...groups(missing)].flatMap(([key, rows]) => {
    const [{ node, timeline, id }] = rows;
    const told = `${rows.length} rows that pod ${node} acknowledged on timeline ${timeline} are lost`;
    const later = all.get(key)!.filter((row) => row.id > id && everywhere.has(row.id));
    const mayGo = wereEmptied(rows, emptied) || hasMadeWay(rows[0]);
    return [
      ...!mayGo && !wasForcedBehind(timeline, evidence) ? [`${told}, and no pod that was forced has begun a newer one`] : [],
      ...!mayGo && timeline === newest ? [`${told}, although no newer timeline has been written on`] : [],
      ...later.length ? [`${told}, and ${sample(later.map((row) => row.id))} that came later are there`] : [],
    ];
  });
}

/** Whether somebody has forced a pod that left that timeline, or an older one, for a newer one: a failover elsewhere decides nothing about it. */
function wasForcedBehind(timeline: number, { forcedPods, begun }: Evidence): boolean {
  return [...forcedPods].some((pod) => [...begun.get(pod) ?? []].some((number) => number > timeline));
}

/** Whether they went with the volume that they were written to. */
function wereEmptied(rows: readonly Acknowledged[], emptied: Evidence['emptied']): boolean {
  return rows.every(({ node, begin }) => begin <= (emptied.get(node) ?? -1));
}

/** What is left of it must be kept: read from a copy, or in WAL; where only a commit is left of a transaction, that counts for any one row. */
function notKept(missing: readonly Acknowledged[], { emptied, kept }: Evidence): string[] {
  const tails = [...groups(missing).values()].filter((rows) => !wereEmptied(rows, emptied));
  return [...new Set(tails.map(([{ node }]) => node))].flatMap((node) => {
    const rows = tails.filter(([row]) => row.node === node).flat();
    const { copies, inCopies, unopened, transactions, unnamed, inWal } = kept.get(node) ?? NOTHING_KEPT;
    const nowhere = rows.filter(({ id }) => !inCopies.has(id) && !inWal.has(id));
    if (nowhere.length <= unnamed) return [];
    const places = `${copies} copies${unopened.length ? ` (${unopened.join(', ')})` : ''} nor in WAL of ${transactions} transactions, ${unnamed} of which name no row`;
    return [`${rows.length} lost rows of pod ${node} have to be kept on its volume, and ${sample(nowhere.map(({ id }) => id))} are neither in ${places}`];
  });
}

/** The rows of each node on each timeline, in order. */
function groups(rows: readonly Acknowledged[]): Map<string, Acknowledged[]> {
  const found = new Map<string, Acknowledged[]>();
  for (const row of rows) {
    const key = `${row.node} ${row.timeline}`;
    const group = found.get(key);
    if (group) group.push(row);
    else found.set(key, [row]);
  }
  return found;
}

function described(rows: readonly Acknowledged[]): string {
  return [...groups(rows).values()].map((group) => `${group.length} of pod ${group[0].node} on timeline ${group[0].timeline} from ${group[0].begin} ms on`).join(', ');
}

function sample(ids: readonly number[]): string {
  return `${ids.length} rows (${ids.slice(0, 3).map((id) => `${id} of writer ${writerOf(id)}`).join(', ')}${ids.length > 3 ? ', …' : ''})`;
}
