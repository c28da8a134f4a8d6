/**
 * The version of the PostgreSQL server.
 *
 * A constant names a major version and is pinned to the minor version that this library's tests ran on: a floating tag would
 * give two nodes different servers, and a rollout would not be seen. A library update that moves a pin is a visible diff.
 *
 * @see https://www.postgresql.org/support/versioning/
 */
export class PostgresVersion {
  /** PostgreSQL 15, supported until November 2027. */
  public static readonly V15 = PostgresVersion.of('15.18');

  /** PostgreSQL 16, supported until November 2028. */
  public static readonly V16 = PostgresVersion.of('16.14');

  /** PostgreSQL 17, supported until November 2029. */
  public static readonly V17 = PostgresVersion.of('17.10');

  /** PostgreSQL 18, supported until November 2030. */
  public static readonly V18 = PostgresVersion.of('18.6');

  /**
   * Any version, for a minor that is newer than the pinned one.
   *
   * Text that names no version and versions before 15, whose programs lack what the pod needs, are refused at synthesis (PG1101).
   * Versions younger than this library's tests are accepted with a warning (PG1103).
   *
   * @param version major and minor version, such as `18.6`
   */
  public static of(version: string): PostgresVersion {
    return new PostgresVersion(version);
  }

  /** Major and minor version as given, such as `18.6`. */
  public readonly version: string;

  private constructor(version: string) {
    this.version = version;
  }

  /** The major version, such as `18`: the part that decides about the format of the data directory. */
  public get major(): string {
    return this.version.split('.')[0];
  }
}
