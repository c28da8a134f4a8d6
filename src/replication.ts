import type { Size } from 'cdk8s';

/**
 * What a pod does whose copy has gone another way than the primary: one that was the primary, or that was started on its own.
 *
 * @see https://www.postgresql.org/docs/current/app-pgrewind.html
 */
export enum Divergence {
  /** Winds the copy back to where both were the same, where that is right, and makes a new copy where it is not. What is given up is kept with a summary. */
  REWIND = 'rewind',
  /** Makes a new copy of the primary. What was there is kept beside. */
  CLONE = 'clone',
  /** Does nothing and says why, until somebody decides. */
  HALT = 'halt',
}

/** How the replicas follow the primary. */
export interface ReplicationOptions {
  /**
   * How much of the write-ahead log the primary keeps for a replica that is away. A replica that needs more makes a new copy by itself.
   * Without a limit a replica that never returns would fill the volume. At least one file of the write-ahead log. The server knows one limit for
   * all slots: a consumer of logical replication that needs more loses its slot, too, and must start over.
   * One of less than 64 MiB lowers the default of `maximumLag`, which restarts every pod.
   * @default - half of the volume where the write-ahead log has one of its own, else a quarter; less where `max_wal_size` leaves less
   * @see https://www.postgresql.org/docs/current/runtime-config-replication.html#GUC-MAX-SLOT-WAL-KEEP-SIZE
   */
  readonly slotLimit?: Size;

  /**
   * How far a replica that follows may be behind and still answer at the Service for reading. At least one file of the write-ahead log, and at most
   * `slotLimit`. It is part of the pod template: another one restarts every pod.
   * @default - 64 MiB, less where `slotLimit` is less, and never less than one file of the write-ahead log
   */
  readonly maximumLag?: Size;

  /**
   * What a pod does whose copy has gone another way than the primary.
   * @default Divergence.REWIND
   */
  readonly onDivergence?: Divergence;
}

/**
 * How the replicas get what the primary writes.
 *
 * @see https://www.postgresql.org/docs/current/warm-standby.html#STREAMING-REPLICATION
 */
export class Replication {
  /**
   * The primary waits for no replica: what it confirmed last may be missing where a replica takes its place.
   *
   * @param options limits, and what to do on divergence
   */
  public static asynchronous(options: ReplicationOptions = {}): Replication {
    // Untyped callers and other languages say null where nothing is meant.
    return new Replication(options ?? {});
  }

  /** @internal */
  public readonly _options: ReplicationOptions;

  private constructor(options: ReplicationOptions) {
    this._options = options;
  }
}
