/**
 * Opens one guard of the pod, once somebody has looked. Each names exactly what was found, so that it cannot open the guard for
 * the next accident; the refusing pod prints the value to give here. Several may be given, also of one kind: each opens its own.
 */
export class Acknowledgement {
  /**
   * The volume holds data of another major version, which stays untouched beside the new, empty database.
   *
   * @param major the major version that was found, such as `17`
   */
  public static otherMajor(major: string): Acknowledgement {
    return new Acknowledgement('major', major);
  }

  /**
   * The data was written under another C library, and the indexes on text have been rebuilt or will be at once. A data directory
   * that another image left where this one looks for it does not tell its C library: that one is `unknown`.
   *
   * @param lineage what was found, such as `glibc-2.36`, or `unknown`
   */
  public static otherLibc(lineage: string): Acknowledgement {
    return new Acknowledgement('libc', lineage);
  }

  /**
   * The volume belongs to another database cluster, for example because it was cloned or restored from a snapshot; it is taken over.
   *
   * @param identity what was found, such as `orders-db/7374650000000000001`
   */
  public static otherCluster(identity: string): Acknowledgement {
    return new Acknowledgement('cluster', identity);
  }

  /**
   * The database that the volume, or the volume of the write-ahead log, was the home of is gone, and a new, empty one is made in its place.
   *
   * @param identity what is lost, such as `orders-db/7374650000000000001`
   */
  public static lostCluster(identity: string): Acknowledgement {
    // Not what opens the guard for a foreign cluster: that one keeps its data, this one begins without any.
    return new Acknowledgement('cluster', `lost:${identity}`);
  }

  /** @internal */
  public readonly _guard: 'major' | 'libc' | 'cluster';

  /** @internal */
  public readonly _found: string;

  private constructor(guard: 'major' | 'libc' | 'cluster', found: string) {
    this._guard = guard;
    this._found = found;
  }
}
