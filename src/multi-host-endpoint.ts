import { multiHostJdbcUrl, multiHostKeywords, multiHostNpgsql, multiHostNpgsqlDataSource, multiHostUri, Targets } from './postgres/multi-host-strings';

/**
 * Which of several servers a client wants. libpq knows `PRIMARY` and `PREFER_STANDBY` from version 14 on, `READ_WRITE` and `ANY` from 10 on.
 *
 * @see https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-TARGET-SESSION-ATTRS
 */
export enum TargetSession {
  /** The one that is not a replica. */
  PRIMARY = 'primary',
  /** One whose sessions may write. */
  READ_WRITE = 'read-write',
  /** The first one that answers. */
  ANY = 'any',
  /**
   * A replica; another one where no replica answers. Unless the driver is told to choose by chance (`load_balance_hosts=random` of libpq 16,
   * `loadBalanceHosts=true` of JDBC, `Load Balance Hosts=true` of Npgsql), it is the first one that answers, always the lowest ordinal, also where
   * that one is far behind or not ready: `maximumLag` holds for `readEndpoint` only.
   */
  PREFER_STANDBY = 'prefer-standby',
}

/**
 * Every pod of a database by its own name, in the forms in which drivers take several. The driver asks one after the other until one is as wanted, so
 * that a client finds the primary also where it has moved, once it connects anew: it has to do so on the SQLSTATEs 57P01 and 25006. None holds a secret.
 */
export class MultiHostEndpoint {
  /** Names to connect to, by ordinal. */
  public readonly hosts: string[];

  private readonly targets: Targets;

  /**
   * @param hosts names to connect to
   * @param port port of all of them
   * @param database database that the connection strings name
   * @param user role that the connection strings name
   */
  public constructor(hosts: string[], port: number, database: string, user: string) {
    this.hosts = [...hosts];
    this.targets = { hosts: this.hosts, port, database, user };
  }

  /**
   * Connection URI of libpq, which pgx takes too.
   *
   * @param target which of the servers
   * @see https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-MULTIPLE-HOSTS
   */
  public uri(target: TargetSession): string {
    return multiHostUri(this.targets, target);
  }

  /**
   * Keywords and values of libpq, which pgx takes too.
   *
   * @param target which of the servers
   * @see https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-KEYWORD-VALUE
   */
  public keywords(target: TargetSession): string {
    return multiHostKeywords(this.targets, target);
  }

  /**
   * URL for JDBC without user and password. JDBC knows no difference between `PRIMARY` and `READ_WRITE`.
   *
   * @param target which of the servers
   * @see https://jdbc.postgresql.org/documentation/use/#connection-fail-over
   */
  public jdbcUrl(target: TargetSession): string {
    return multiHostJdbcUrl(this.targets, target);
  }

  /**
   * Connection string for `new NpgsqlConnection(...)` of Npgsql 6 and later. The data sources of Npgsql 7 to 9 refuse a string that says which of the
   * servers is wanted; `npgsqlDataSource` is for them. Those of 10 take both.
   *
   * @param target which of the servers
   * @see https://www.npgsql.org/doc/failover-and-load-balancing.html
   */
  public npgsql(target: TargetSession): string {
    return multiHostNpgsql(this.targets, target);
  }

  /**
   * Connection string for `new NpgsqlDataSourceBuilder(...).BuildMultiHost()` of Npgsql 7 and later. Which of the servers is wanted is told to the
   * data source: `.WithTargetSession(TargetSessionAttributes.Primary)`.
   *
   * @see https://www.npgsql.org/doc/failover-and-load-balancing.html
   */
  public npgsqlDataSource(): string {
    return multiHostNpgsqlDataSource(this.targets);
  }
}
