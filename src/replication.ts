import type { Duration, Size } from 'cdk8s';

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

  /**
   * How far behind in replaying the pod that `primaryOrdinal` names may be when the primary steps down for it. One that is further behind is waited
   * for, and the primary goes on writing meanwhile. Whole milliseconds, from 1 to one hour (PG2824). A change restarts nothing.
   * @default Duration.seconds(1)
   * @see https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-REPLICATION-VIEW
   */
  readonly switchoverLag?: Duration;

  /**
   * How long the primary that steps down may take for its fast shutdown, in which nobody can write. After that it gets an immediate one, and what it
   * wrote last it reads from its log by itself before the other pod takes over. Whole seconds, from 1 to one hour (PG2824). A change restarts nothing.
   * @default Duration.seconds(60)
   * @see https://www.postgresql.org/docs/current/server-shutdown.html
   */
  readonly switchoverDelay?: Duration;
}

/** How the replicas follow a primary that waits for them. */
export interface SynchronousReplicationOptions extends ReplicationOptions {
  /**
   * How many replicas must have a transaction on their disks before the primary confirms it, whichever they are. From 1 (PG2825) to the number of replicas (PG2826);
   * as many as there are means that any one that is away keeps everybody from writing (PG2827). Pods that only
   * `kubectl scale` has added are not counted. A change restarts nothing.
   * @default 1
   * @see https://www.postgresql.org/docs/current/runtime-config-replication.html#GUC-SYNCHRONOUS-STANDBY-NAMES
   */
  readonly quorum?: number;
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
    return new Replication(false, options ?? {});
  }

  /**
   * The primary confirms a transaction only once `quorum` replicas have it on their disks. While fewer of them follow, whoever writes waits, and reading
   * goes on. A session that sets `synchronous_commit` to `off` or `local` waits for nobody. Needs at least two instances (PG2826).
   *
   * @param options how many replicas, limits, and what to do on divergence
   * @see https://www.postgresql.org/docs/current/warm-standby.html#SYNCHRONOUS-REPLICATION
   */
  public static synchronous(options: SynchronousReplicationOptions = {}): Replication {
    return new Replication(true, options ?? {});
  }

  /** @internal */
  public readonly _synchronous: boolean;

  /** @internal */
  public readonly _options: SynchronousReplicationOptions;

  private constructor(synchronous: boolean, options: SynchronousReplicationOptions) {
    this._synchronous = synchronous;
    this._options = options;
  }
}
