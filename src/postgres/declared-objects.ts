import { MAINTENANCE_DATABASE, RESTORE_ROLE } from './access-lines';
import { quoteIdentifier, quoteLiteral } from './quoting';

/** A role that the program declares. */
export interface DeclaredRole {
  readonly name: string;
  readonly kind: 'superuser' | 'owner' | 'replication' | 'backup' | 'restore';
  readonly passwordFile: string;
}

/** A role beside those whose passwords are in the Secret. */
export interface ApplicationRole {
  readonly name: string;
  readonly login: boolean;
  readonly memberOf: readonly string[];
  readonly connectionLimits: readonly number[];
  readonly passwords: readonly { readonly secretName: string; readonly key: string }[];
}

const ATTRIBUTES: Readonly<Partial<Record<DeclaredRole['kind'], string>>> = { restore: ' SUPERUSER', replication: ' REPLICATION' };

/** What pg_rewind reads a server by, where its role is no superuser. */
const REWIND_FUNCTIONS = [
  'pg_ls_dir(text, boolean, boolean)', 'pg_stat_file(text, boolean)', 'pg_read_binary_file(text)', 'pg_read_binary_file(text, bigint, bigint, boolean)',
];

/**
 * A psql script that makes the declared roles. It may run any number of times and takes nothing away that somebody granted.
 *
 * @see https://www.postgresql.org/docs/current/sql-createrole.html
 */
export function rolesScript(roles: readonly DeclaredRole[], others: readonly ApplicationRole[] = []): string {
  const made = roles.filter(({ kind }) => kind !== 'superuser').map(({ name, kind }) => [
    // Without a password, which is the rule, nobody can be the superuser that restores. A role of that name that is there already may be
    // somebody else's and stays what it is.
    createUnlessThere(`CREATE ROLE ${quoteIdentifier(name)} LOGIN${ATTRIBUTES[kind] ?? ''}`, 'pg_roles', 'rolname', name),
    ...kind === 'replication' ? replicationPrivileges(name) : [],
    ...kind === 'backup' ? [backupPrivileges(name)] : [],
  ].join('\n'));
  return ['-- Roles that the program declares. Passwords come from the Secret, not from here.', ...made, ...others.flatMap(applicationRole), ...others.flatMap(memberships), ''].join('\n');
}

/**
 * A psql script that makes the declared databases, and lets those who dump them connect also where the public may not.
 *
 * @see https://www.postgresql.org/docs/current/sql-createdatabase.html
 */
export function databasesScript(databases: readonly { readonly name: string; readonly owner: string }[], roles: readonly DeclaredRole[]): string {
  const made = databases.flatMap(({ name, owner }) => [
    createUnlessThere(`CREATE DATABASE ${quoteIdentifier(name)} OWNER ${quoteIdentifier(owner)}`, 'pg_database', 'datname', name),
    ...roles.filter(({ kind }) => kind === 'backup').map((role) => connectUnlessAllowed(name, role.name)),
  ]);
  return ['-- Databases that the program declares.', ...made, ''].join('\n');
}

/**
 * Which file holds which role's password: a name, a tab, a file name; in the role's own Secret the names of Secret and key. The superuser that
 * restores stays behind where the backups are no longer declared: `-`, which no Secret brings, keeps it closed.
 */
export function passwordFiles(roles: readonly DeclaredRole[], others: readonly ApplicationRole[] = []): string {
  return [
    ...roles.map(({ name, passwordFile }) => `${name}\t${passwordFile}\n`),
    ...roles.some(({ kind }) => kind === 'restore') ? [] : [`${RESTORE_ROLE}\t-\n`],
    ...others.flatMap(({ name, passwords }) => passwords.map(({ secretName, key }) => `${name}\t${secretName}/${key}\n`)),
  ].join('');
}

function applicationRole({ name, login, connectionLimits }: ApplicationRole): string[] {
  const role = quoteIdentifier(name);
  const word = login ? 'LOGIN' : 'NOLOGIN';
  return [
    createUnlessThere(`CREATE ROLE ${role} ${word}`, 'pg_roles', 'rolname', name),
    alterWhere(`ALTER ROLE ${role} ${word}`, name, `rolcanlogin <> ${login}`),
    ...connectionLimits.map((limit) => alterWhere(`ALTER ROLE ${role} CONNECTION LIMIT ${limit}`, name, `rolconnlimit <> ${limit}`)),
  ];
}

/** Behind all roles, so that their order does not matter. Further memberships stay. */
function memberships({ name, memberOf }: ApplicationRole): string[] {
  return memberOf.map((group) => `SELECT ${quoteLiteral(`GRANT ${quoteIdentifier(group)} TO ${quoteIdentifier(name)}`)} WHERE NOT EXISTS (`
    + 'SELECT FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles g ON g.oid = m.roleid JOIN pg_catalog.pg_roles r ON r.oid = m.member '
    + `WHERE g.rolname = ${quoteLiteral(group)} AND r.rolname = ${quoteLiteral(name)})\\gexec`);
}

function alterWhere(statement: string, name: string, condition: string): string {
  return `SELECT ${quoteLiteral(statement)} FROM pg_catalog.pg_roles WHERE rolname = ${quoteLiteral(name)} AND ${condition}\\gexec`;
}

/**
 * What a complete dump needs: every table whatever its row security says, the verifiers of the roles, and large objects of
 * everybody. Such a session writes nothing unless it asks to.
 *
 * @see https://www.postgresql.org/docs/current/predefined-roles.html
 */
function backupPrivileges(name: string): string {
  const role = quoteIdentifier(name);
  return [
    `ALTER ROLE ${role} BYPASSRLS;`,
    `GRANT pg_read_all_data TO ${role};`,
    `ALTER ROLE ${role} SET default_transaction_read_only = on;`,
    `ALTER ROLE ${role} SET lo_compat_privileges = on;`,
  ].join('\n');
}

/**
 * What a replica needs beside the stream: which log the server still has, a checkpoint before a rewind, and the files that the rewind compares. The
 * rights to functions hold in the database that the script runs in, which is the one that pg_rewind connects to.
 *
 * @see https://www.postgresql.org/docs/current/app-pgrewind.html#id-1.9.5.12.8
 */
function replicationPrivileges(name: string): string[] {
  const role = quoteIdentifier(name);
  return [
    alterWhere(`ALTER ROLE ${role} LOGIN REPLICATION`, name, 'NOT (rolcanlogin AND rolreplication)'),
    `GRANT pg_monitor, pg_checkpoint TO ${role};`,
    ...REWIND_FUNCTIONS.map((signature) => `SELECT ${quoteLiteral(`GRANT EXECUTE ON FUNCTION pg_catalog.${signature} TO ${role}`)} `
      + `WHERE NOT has_function_privilege(${quoteLiteral(name)}, ${quoteLiteral(`pg_catalog.${signature}`)}, 'EXECUTE')\\gexec`),
    connectUnlessAllowed(MAINTENANCE_DATABASE, name),
  ];
}

/** `\gexec` runs the statement that the query returns, so that nothing runs where the object is there. */
function createUnlessThere(statement: string, catalog: string, column: string, name: string): string {
  return `SELECT ${quoteLiteral(statement)} WHERE NOT EXISTS (SELECT FROM pg_catalog.${catalog} WHERE ${column} = ${quoteLiteral(name)})\\gexec`;
}

function connectUnlessAllowed(database: string, role: string): string {
  const statement = `GRANT CONNECT ON DATABASE ${quoteIdentifier(database)} TO ${quoteIdentifier(role)}`;
  return `SELECT ${quoteLiteral(statement)} WHERE NOT has_database_privilege(${quoteLiteral(role)}, ${quoteLiteral(database)}, 'CONNECT')\\gexec`;
}
