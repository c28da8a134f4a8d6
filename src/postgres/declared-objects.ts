import { quoteIdentifier, quoteLiteral } from './quoting';

/** A role that the program declares. */
export interface DeclaredRole {
  readonly name: string;
  readonly kind: 'superuser' | 'owner' | 'backup';
  readonly passwordFile: string;
}

/**
 * A psql script that makes the declared roles. It may run any number of times and takes nothing away that somebody granted.
 *
 * @see https://www.postgresql.org/docs/current/sql-createrole.html
 */
export function rolesScript(roles: readonly DeclaredRole[]): string {
  const made = roles.filter(({ kind }) => kind !== 'superuser').map(({ name, kind }) => [
    createUnlessThere(`CREATE ROLE ${quoteIdentifier(name)} LOGIN`, 'pg_roles', 'rolname', name),
    ...kind === 'backup' ? [backupPrivileges(name)] : [],
  ].join('\n'));
  return ['-- Roles that the program declares. Passwords come from the Secret, not from here.', ...made, ''].join('\n');
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

/** Which file of the Secret holds which role's password: a name, a tab, a file name. */
export function passwordFiles(roles: readonly DeclaredRole[]): string {
  return roles.map(({ name, passwordFile }) => `${name}\t${passwordFile}\n`).join('');
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

/** `\gexec` runs the statement that the query returns, so that nothing runs where the object is there. */
function createUnlessThere(statement: string, catalog: string, column: string, name: string): string {
  return `SELECT ${quoteLiteral(statement)} WHERE NOT EXISTS (SELECT FROM pg_catalog.${catalog} WHERE ${column} = ${quoteLiteral(name)})\\gexec`;
}

function connectUnlessAllowed(database: string, role: string): string {
  const statement = `GRANT CONNECT ON DATABASE ${quoteIdentifier(database)} TO ${quoteIdentifier(role)}`;
  return `SELECT ${quoteLiteral(statement)} WHERE NOT has_database_privilege(${quoteLiteral(role)}, ${quoteLiteral(database)}, 'CONNECT')\\gexec`;
}
