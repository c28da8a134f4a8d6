import { connectionUri, jdbcUrl } from './postgres/connection-strings';

/** An address at which a PostgreSQL server is reached, and the forms in which programs want it. None holds a secret. */
export class Endpoint {
  /** Name to connect to. */
  public readonly host: string;

  /** Port to connect to. */
  public readonly port: number;

  private readonly database: string;
  private readonly user: string;

  /**
   * @param host name to connect to
   * @param port port to connect to
   * @param database database that the connection strings name
   * @param user role that the connection strings name
   */
  public constructor(host: string, port: number, database: string, user: string) {
    this.host = host;
    this.port = port;
    this.database = database;
    this.user = user;
  }

  /**
   * Connection URI without a password, such as `postgresql://orders@orders-db.shop.svc:5432/orders`.
   *
   * @see https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
   */
  public get uri(): string {
    return connectionUri({ host: this.host, port: this.port, database: this.database, user: this.user });
  }

  /** URL for JDBC without user and password, such as `jdbc:postgresql://orders-db.shop.svc:5432/orders`. */
  public get jdbcUrl(): string {
    return jdbcUrl({ host: this.host, port: this.port, database: this.database, user: this.user });
  }
}
