/** What a client was told about the rows that it wrote. Numbers are milliseconds since the campaign's beginning. */
export interface Acknowledged {
  readonly id: number;
  /** The ordinal of the pod that said so. */
  readonly node: number;
  /** The timeline on which that server wrote the row. */
  readonly timeline: number;
  /** When the statement was sent, and when its answer was read: the commit was in between. */
  readonly begin: number;
  readonly end: number;
}

/** A number that several pods have given to a timeline of their own, of which at most one is still there. */
export interface Namesakes {
  readonly timeline: number;
  readonly nodes: readonly number[];
}

/** Rows of one writer are numbered from here on. */
const PER_WRITER = 1_000_000_000;

export function rowId(node: number, count: number): number {
  return (node + 1) * PER_WRITER + count;
}

export function writerOf(id: number): number {
  return Math.floor(id / PER_WRITER) - 1;
}

/**
 * What all clients remember about one life of the cluster: rows that were acknowledged, those whose answer was lost and that may or may not
 * be there, and those that the server refused. What a check has found is settled: it holds from then on.
 */
export class History {
  /** Since the last check, in the order of their answers. */
  readonly acknowledged: Acknowledged[] = [];
  /** Answer lost since the last check. */
  readonly unknown = new Set<number>();
  /** Rows that were on all nodes at an earlier check. */
  readonly settled = new Set<number>();
  /** Rows that a server refused, or that an earlier check did not find. */
  readonly absent = new Set<number>();
  /** Who has acknowledged on a timeline, and when first, in this life of the cluster. */
  readonly timelines = new Map<number, Map<number, number>>();

  acknowledge(row: Acknowledged): void {
    this.acknowledged.push(row);
    const nodes = this.timelines.get(row.timeline) ?? new Map<number, number>();
    nodes.set(row.node, Math.min(nodes.get(row.node) ?? row.end, row.end));
    this.timelines.set(row.timeline, nodes);
  }

  /** The server said that the row was not written. */
  refuse(id: number): void {
    this.absent.add(id);
  }

  /** The answer was lost, or did not say that the row is safe. */
  lose(id: number): void {
    this.unknown.add(id);
  }

  /**
   * Whether a timeline that this pod began since the last check went with its volume, and all rows on it: nobody else can know of it then, and
   * another pod takes its number.
   */
  isGone(timeline: number, node: number, present: ReadonlySet<number>, emptied: ReadonlyMap<number, number>): boolean {
    const rows = this.acknowledged.filter((row) => row.node === node && row.timeline === timeline);
    return rows.some(({ end }) => end === Math.min(...this.timelines.get(timeline)!.values()))
      && rows.every(({ id, begin }) => !present.has(id) && begin <= (emptied.get(node) ?? -1));
  }

  /** Whether any row is there that this pod has acknowledged on that timeline since the last check. */
  isThere(timeline: number, node: number, present: ReadonlySet<number>): boolean {
    return this.acknowledged.some((row) => row.node === node && row.timeline === timeline && present.has(row.id));
  }

  /** After a check: what is there stays, what is not there never comes back. */
  settle(present: ReadonlySet<number>, emptied: ReadonlyMap<number, number>, namesakes: readonly Namesakes[] = []): void {
    for (const [timeline, nodes] of this.timelines) {
      const several = namesakes.some((one) => one.timeline === timeline);
      for (const node of nodes.keys()) {
        if (several ? !this.isThere(timeline, node, present) : this.isGone(timeline, node, present, emptied)) nodes.delete(node);
      }
      if (nodes.size === 0) this.timelines.delete(timeline);
    }
    for (const id of [...this.acknowledged.map((row) => row.id), ...this.unknown]) (present.has(id) ? this.settled : this.absent).add(id);
    this.acknowledged.length = 0;
    this.unknown.clear();
  }
}
