/** What a client must know to connect, without secrets. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/** @see https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS */
export function connectionUri(target: Target, password?: string): string {
  const secret = password === undefined ? '' : `:${uriPart(password)}`;
  return `postgresql://${uriPart(target.user)}${secret}@${target.host}:${target.port}/${uriPart(target.database)}`;
}

/** With user and password only where the password is told. @see https://jdbc.postgresql.org/documentation/use/#connecting-to-the-database */
export function jdbcUrl(target: Target, password?: string): string {
  const secret = password === undefined ? '' : `?user=${uriPart(target.user)}&password=${uriPart(password)}`;
  return `jdbc:postgresql://${target.host}:${target.port}/${uriPart(target.database)}${secret}`;
}

/** A line of a password file. @see https://www.postgresql.org/docs/current/libpq-pgpass.html */
export function passwordLine(target: Target, password: string): string {
  return [target.host, `${target.port}`, target.database, target.user, password].map((field) => field.replace(/[\\:]/g, '\\$&')).join(':') + '\n';
}

/** Text as a part of a URI. Half of a character, which no name may have but untyped callers give, is a question mark there. */
export function uriPart(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, '?'));
}
