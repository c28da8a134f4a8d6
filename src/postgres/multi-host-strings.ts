import { uriPart } from './connection-strings';

/** What a client must know to find one of several servers, without secrets. */
export interface Targets {
  readonly hosts: readonly string[];
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/** JDBC knows no difference between a primary and a server that takes writes. */
const SERVER_TYPES: Readonly<Record<string, string>> = { 'primary': 'primary', 'read-write': 'primary', 'any': 'any', 'prefer-standby': 'preferSecondary' };

/** @see https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-MULTIPLE-HOSTS */
export function multiHostUri(targets: Targets, session: string): string {
  return `postgresql://${uriPart(targets.user)}@${withPorts(targets)}/${uriPart(targets.database)}?target_session_attrs=${session}`;
}

/** @see https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-KEYWORD-VALUE */
export function multiHostKeywords({ hosts, port, database, user }: Targets, session: string): string {
  const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;
  return `host=${hosts.join(',')} port=${port} dbname=${quoted(database)} user=${quoted(user)} target_session_attrs=${session}`;
}

/** @see https://jdbc.postgresql.org/documentation/use/#connection-fail-over */
export function multiHostJdbcUrl(targets: Targets, session: string): string {
  return `jdbc:postgresql://${withPorts(targets)}/${uriPart(targets.database)}?targetServerType=${SERVER_TYPES[session] ?? session}`;
}

/** @see https://www.npgsql.org/doc/failover-and-load-balancing.html */
export function multiHostNpgsql(targets: Targets, session: string): string {
  return `${multiHostNpgsqlDataSource(targets)};Target Session Attributes=${session}`;
}

/** A data source is told apart from its string which server is wanted. */
export function multiHostNpgsqlDataSource({ hosts, port, database, user }: Targets): string {
  // in quotes everything but the quote stands for itself
  const quoted = (text: string): string => /^[\w.-]+$/.test(text) ? text : `"${text.replace(/"/g, '""')}"`;
  return `Host=${hosts.join(',')};Port=${port};Database=${quoted(database)};Username=${quoted(user)}`;
}

function withPorts({ hosts, port }: Targets): string {
  return hosts.map((host) => `${host}:${port}`).join(',');
}
