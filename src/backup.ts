import { Cron, Duration, Size } from 'cdk8s';
import { PostgresResources } from './resources';
import { StorageAccessMode } from './storage';

/** Options of a volume for backups. */
export interface BackupVolumeOptions {
  /**
   * The StorageClass of the claim.
   * @default - the cluster's default StorageClass
   */
  readonly storageClass?: string;

  /**
   * How many nodes or pods may mount the volume.
   * @default StorageAccessMode.READ_WRITE_ONCE
   */
  readonly accessMode?: StorageAccessMode;
}

/** Where backups are written to. */
export class BackupTarget {
  /**
   * A claim that is composed with the database. Its annotations make Argo CD, Flux and Helm keep it when the program's objects are
   * removed; plain kubectl knows no such protection, see the runbook on removing.
   *
   * @param size capacity that is asked for
   * @param options StorageClass and access mode
   */
  public static volume(size: Size, options: BackupVolumeOptions = {}): BackupTarget {
    return new BackupTarget(size, options, undefined);
  }

  /**
   * A claim of your own in the same namespace. Several databases may share it. The database's own claims are refused (PG1708).
   *
   * @param claimName name of the PersistentVolumeClaim
   */
  public static existingClaim(claimName: string): BackupTarget {
    return new BackupTarget(undefined, {}, claimName);
  }

  /** @internal */
  public readonly _size: Size | undefined;

  /** @internal */
  public readonly _options: BackupVolumeOptions;

  /** @internal */
  public readonly _claimName: string | undefined;

  private constructor(size: Size | undefined, options: BackupVolumeOptions, claimName: string | undefined) {
    this._size = size;
    this._options = options;
    this._claimName = claimName;
  }
}

/**
 * Which backups stay. The newest of each day, week and month (in UTC) counts for that day, week or month. Backups are removed
 * only after a new one succeeded. More than 10000 of a kind are refused (PG1703).
 */
export interface BackupRetention {
  /**
   * Number of newest backups that stay in any case.
   * @default 3
   */
  readonly keepLast?: number;

  /**
   * Number of days of which the newest backup stays.
   * @default 7
   */
  readonly daily?: number;

  /**
   * Number of weeks of which the newest backup stays.
   * @default 4
   */
  readonly weekly?: number;

  /**
   * Number of months of which the newest backup stays.
   * @default 6
   */
  readonly monthly?: number;

  /**
   * Number of backups below which nothing is removed, whatever the other numbers say.
   * @default 3
   */
  readonly minimum?: number;
}

/** Options of a logical backup. */
export interface LogicalBackupOptions {
  /** When a backup starts. Fields that no clock can show are refused (PG1701). */
  readonly schedule: Cron;

  /**
   * Names the objects of this backup: `<name>-<id>`. At most 11 characters, unique in one database.
   * @default 'backup'
   */
  readonly id?: string;

  /**
   * The time zone of the schedule, a name of the IANA database.
   * @default 'Etc/UTC'
   */
  readonly timeZone?: string;

  /**
   * Where backups are written to.
   * @default - a claim of its own, as large as the data volume; 10 GiB where the data is ephemeral
   */
  readonly target?: BackupTarget;

  /**
   * Which backups stay.
   * @default - the last 3, and the newest of 7 days, 4 weeks and 6 months
   */
  readonly retention?: BackupRetention;

  /**
   * Number of tables that are dumped at the same time.
   * @default 2
   */
  readonly parallelJobs?: number;

  /**
   * What the backup container asks for.
   * @default - 250m of CPU without a limit, 256Mi of memory
   */
  readonly resources?: PostgresResources;

  /**
   * How long one backup may take before it is ended and counts as failed.
   * @default Duration.hours(6)
   */
  readonly deadline?: Duration;

  /**
   * How late a backup may start when its time was missed.
   * @default Duration.hours(1)
   */
  readonly startingDeadline?: Duration;

  /**
   * Keeps the CronJob without running it on schedule; Jobs can still be made from it by hand.
   * @default false
   */
  readonly suspended?: boolean;
}

/**
 * A backup that runs on a schedule.
 *
 * @see https://www.postgresql.org/docs/current/backup.html
 */
export class Backup {
  /**
   * Globals and every database, dumped by `pg_dump` in directory format, listed, checksummed and only then counted.
   *
   * @param options schedule, target and retention
   * @see https://www.postgresql.org/docs/current/app-pgdump.html
   */
  public static logical(options: LogicalBackupOptions): Backup {
    return new Backup(options);
  }

  /** @internal */
  public readonly _logical: LogicalBackupOptions;

  private constructor(logical: LogicalBackupOptions) {
    this._logical = logical;
  }
}
