/** What a machine shares with others is told by its middle and its extremes, never by a mean. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** One run of ours and one of its baseline, taken right after each other. */
export interface Pair<T> {
  readonly ours: T;
  readonly baseline: T;
}

export function summarize(values: readonly number[]): Summary {
  if (values.length === 0) throw new Error('there is nothing to summarize');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return { median: (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2, min: sorted[0], max: sorted[sorted.length - 1] };
}

/** The ratio of each pair, not of two medians: what slows the machine down for a while slows both halves of a pair. */
export function summarizeRatios<T>(pairs: readonly Pair<T>[], measure: (run: T) => number): Summary {
  return summarize(pairs.map(({ ours, baseline }) => measure(ours) / measure(baseline)));
}

/** Pairs in alternating order: what runs second finds warmer caches. */
export function inPairs<T>(count: number, ours: () => T, baseline: () => T): Pair<T>[] {
  return Array.from({ length: count }, (_, index) => {
    if (index % 2 === 0) return { ours: ours(), baseline: baseline() };
    const first = baseline();
    return { ours: ours(), baseline: first };
  });
}

/** The same of what takes its time in other processes. */
export async function inTurn<T>(count: number, ours: () => Promise<T>, baseline: () => Promise<T>): Promise<Pair<T>[]> {
  const pairs: Pair<T>[] = [];
  for (let index = 0; index < count; index++) {
    const first = await (index % 2 === 0 ? ours() : baseline());
    const second = await (index % 2 === 0 ? baseline() : ours());
    pairs.push(index % 2 === 0 ? { ours: first, baseline: second } : { ours: second, baseline: first });
  }
  return pairs;
}
