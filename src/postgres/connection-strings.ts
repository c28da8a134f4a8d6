/** What a client must know to connect, without secrets. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/** @see https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS */
export function connectionUri(target: Target): string {
  return `postgresql://${encodeURIComponent(target.user)}@${target.host}:${target.port}/${encodeURIComponent(target.database)}`;
}

/** @see https://jdbc.postgresql.org/documentation/use/#connecting-to-the-database */
export function jdbcUrl(target: Target): string {
  return `jdbc:postgresql://${target.host}:${target.port}/${encodeURIComponent(target.database)}`;
}
