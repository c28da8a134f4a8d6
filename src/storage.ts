import { Size } from 'cdk8s';

/**
 * How many nodes or pods may mount a volume.
 *
 * @see https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes
 */
export enum StorageAccessMode {
  /** One node. Two pods on that node may still mount it, which the lock on the volume then catches. */
  READ_WRITE_ONCE = 'ReadWriteOnce',

  /** One pod; needs a CSI driver that supports it. */
  READ_WRITE_ONCE_POD = 'ReadWriteOncePod',

  /** Many nodes; for backup volumes. */
  READ_WRITE_MANY = 'ReadWriteMany',
}

/**
 * What happens to the claims of a StatefulSet.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention
 */
export enum ClaimRetention {
  /** The claim and the data stay until somebody deletes them. */
  RETAIN = 'Retain',

  /** The claim is deleted, and with it the data. */
  DELETE = 'Delete',
}

/**
 * What a new volume is filled from.
 *
 * @see https://kubernetes.io/docs/concepts/storage/persistent-volumes/#volume-snapshot-and-restore-volume-from-snapshot-support
 */
export class StorageDataSource {
  /**
   * A VolumeSnapshot in the same namespace.
   *
   * @param name name of the VolumeSnapshot
   */
  public static volumeSnapshot(name: string): StorageDataSource {
    return new StorageDataSource('snapshot.storage.k8s.io', 'VolumeSnapshot', name);
  }

  /**
   * A PersistentVolumeClaim in the same namespace, cloned by the CSI driver.
   *
   * @param name name of the claim
   */
  public static claim(name: string): StorageDataSource {
    return new StorageDataSource('', 'PersistentVolumeClaim', name);
  }

  /** @internal */
  public readonly _apiGroup: string;

  /** @internal */
  public readonly _kind: string;

  /** @internal */
  public readonly _name: string;

  private constructor(apiGroup: string, kind: string, name: string) {
    this._apiGroup = apiGroup;
    this._kind = kind;
    this._name = name;
  }
}

/** Options of persistent storage. */
export interface PersistentStorageOptions {
  /**
   * The StorageClass of the claims.
   * @default - the cluster's default StorageClass
   */
  readonly storageClass?: string;

  /**
   * How many nodes or pods may mount a volume.
   * @default StorageAccessMode.READ_WRITE_ONCE
   */
  readonly accessMode?: StorageAccessMode;

  /**
   * What happens to the claims when the StatefulSet is deleted. Set it on `storage` only: it holds for all claims.
   * @default ClaimRetention.RETAIN
   */
  readonly whenDeleted?: ClaimRetention;

  /**
   * What happens to the claim of a pod that is scaled away. Set it on `storage` only: it holds for all claims.
   * @default ClaimRetention.RETAIN
   */
  readonly whenScaled?: ClaimRetention;

  /**
   * What a new volume is filled from. Data of another database is refused until that is acknowledged.
   * @default - a new volume is empty
   */
  readonly dataSource?: StorageDataSource;
}

/** Where the database keeps its files. */
export class Storage {
  /**
   * A PersistentVolumeClaim for each pod. The size of an existing claim is changed as the runbook on resizing shows.
   *
   * @param size capacity that is asked for
   * @param options StorageClass, access mode and retention
   */
  public static persistent(size: Size, options: PersistentStorageOptions = {}): Storage {
    return new Storage(size, options);
  }

  /** No claim: everything is lost with the pod. For previews and tests; reported as a warning (PG1503). */
  public static ephemeral(): Storage {
    return new Storage(undefined, {});
  }

  /** @internal */
  public readonly _size: Size | undefined;

  /** @internal */
  public readonly _options: PersistentStorageOptions;

  private constructor(size: Size | undefined, options: PersistentStorageOptions) {
    this._size = size;
    this._options = options;
  }
}
