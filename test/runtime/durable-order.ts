import { volume, walVolume } from './fixture';

const pgdata = `${volume}/\\d+/docker`;

/** The calls of a first start, over as many lives of its container as it took. */
class Calls {
  constructor(private readonly calls: readonly string[]) {}

  /** Where the last of these calls stands; fails when there is none. */
  last(pattern: RegExp, before = this.calls.length): number {
    const found = this.calls.slice(0, before).reverse().findIndex((call) => pattern.test(call));
    if (found < 0) throw new Error(`no call like ${String(pattern)} among the first ${before} of:\n${this.calls.join('\n')}`);
    return before - 1 - found;
  }

  first(pattern: RegExp, after: number): number {
    const found = this.calls.slice(after).findIndex((call) => pattern.test(call));
    if (found < 0) throw new Error(`no call like ${String(pattern)} after the first ${after} of:\n${this.calls.join('\n')}`);
    return after + found;
  }

  /** Whether the file system of that mount was synced after one call and before another. */
  synced(mount: string, after: number, before: number): boolean {
    const fits = new RegExp(`^sync( -f ${mount}(/.*)?)?$`);
    return this.calls.slice(after + 1, before).some((call) => fits.test(call));
  }

  argument(index: number, number: number): string {
    return this.calls[index].split(' ')[number];
  }
}

/**
 * Each rename of a first start is made only when what it completes is on the disk, and is on the disk itself before
 * what builds on it. `calls` are those that ran and succeeded.
 */
export function expectDurable(calls: readonly string[], { wal }: { wal: boolean }): void {
  const made = new Calls(calls);
  const renamed = made.last(new RegExp(`^mv ${volume}/\\d+/\\.initialising-\\S+ ${pgdata}$`));
  const staging = made.argument(renamed, 1);
  const sealed = made.last(new RegExp(`^mv .* ${staging}/cdk8s-postgres.identity$`), renamed);
  const written = made.last(new RegExp(`^(initdb|postgres|ln|mkdir|rm) .*${staging}`), sealed);
  const served = made.first(new RegExp(`^postgres -D ${pgdata} `), renamed);
  const order: Record<string, boolean> = {
    'the data before they count as complete': made.synced(volume, written, sealed),
    'the name of the data before the server starts': made.synced(volume, renamed, served),
  };
  if (wal) {
    const walRenamed = made.last(new RegExp(`^mv ${walVolume}/\\.initialising-\\S+ ${walVolume}/`), renamed);
    order['the WAL before the data count as complete'] = made.synced(walVolume, written, sealed);
    order['the name of the WAL before the data have theirs'] = sealed < walRenamed && made.synced(walVolume, walRenamed, renamed);
  }
  expect({ calls, notSynced: Object.keys(order).filter((what) => !order[what]) }).toEqual({ calls, notSynced: [] });
}
