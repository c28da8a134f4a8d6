import { MAINTENANCE_DATABASE, RESTORE_ROLE } from './access-lines';
import { quoteIdentifier, quoteLiteral } from './quoting';

/** The setting that the roles of Jobs and replicas are made with; the agent asks for it too. */
const ROLE_MARK = 'cdk8s_postgres.role';

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
  const made = roles.filter(({ kind }) => kind !== 'superuser').map(({ name, kind }) => kind === 'owner'
    ? createUnlessThere(`CREATE ROLE ${quoteIdentifier(name)} LOGIN`, 'pg_roles', 'rolname', name) : ownRole(name, kind));
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
  return ['-- Databases that the program declares.', ...made, ...databases.length === 0 ? [] : [otherOwners(databases)], ''].join('\n');
}

/**
 * Tells of databases that belong to somebody else than declared. They stay with who has them: a new owner of the database would not own what is
 * in it, and the old one would lose the right to make more.
 */
function otherOwners(databases: readonly { readonly name: string; readonly owner: string }[]): string {
  const declared = databases.map(({ name, owner }) => `(${quoteLiteral(name)}, ${quoteLiteral(owner)})`).join(', ');
  return [
    "SELECT count(*) > 0 AS differs, string_agg(format('the database %I belongs to %I, declared is %I: it stays as it is, "
      + "ALTER DATABASE %1$I OWNER TO %3$I changes it', name, rolname, owner), E'\\n' ORDER BY name) AS told",
    `  FROM (VALUES ${declared}) AS declared (name, owner) JOIN pg_catalog.pg_database ON datname = name`,
    '  JOIN pg_catalog.pg_roles r ON r.oid = datdba WHERE rolname <> owner \\gset',
    '\\if :differs',
    '\\warn :told',
    '\\endif',
  ].join('\n');
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
 * A role that our own programs log in as. One of that name that somebody else made stays what it is: ours are known by a setting, which only a
 * superuser can write, and which comes with the role in one transaction. Without a password, which is the rule, nobody can be the superuser that restores.
 */
function ownRole(name: string, kind: DeclaredRole['kind']): string {
  const role = quoteIdentifier(name);
  const create = `CREATE ROLE ${role} LOGIN${ATTRIBUTES[kind] ?? ''}; ALTER ROLE ${role} SET ${ROLE_MARK} = ${quoteLiteral(name)}`;
  return [
    createUnlessThere(create, 'pg_roles', 'rolname', name),
    ...kind === 'backup' ? [alterWhere(backupPrivileges(role), name, isOurs(name))] : [],
    ...kind === 'replication' ? replicationPrivileges(name) : [],
  ].join('\n');
}

function isOurs(name: string): string {
  return `${quoteLiteral(`${ROLE_MARK}=${name}`)} = ANY (rolconfig)`;
}

/**
 * What a complete dump needs: every table whatever its row security says, the verifiers of the roles, and large objects of
 * everybody. Such a session writes nothing unless it asks to.
 *
 * @see https://www.postgresql.org/docs/current/predefined-roles.html
 */
function backupPrivileges(role: string): string {
  return [
    `ALTER ROLE ${role} BYPASSRLS`,
    `GRANT pg_read_all_data TO ${role}`,
    `ALTER ROLE ${role} SET default_transaction_read_only = on`,
    `ALTER ROLE ${role} SET lo_compat_privileges = on`,
  ].join('; ');
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
    alterWhere(`ALTER ROLE ${role} LOGIN REPLICATION`, name, `${isOurs(name)} AND NOT (rolcanlogin AND rolreplication)`),
    alterWhere(`GRANT pg_monitor, pg_checkpoint TO ${role}`, name, isOurs(name)),
    ...REWIND_FUNCTIONS.map((signature) => alterWhere(`GRANT EXECUTE ON FUNCTION pg_catalog.${signature} TO ${role}`, name,
      `${isOurs(name)} AND NOT has_function_privilege(oid, ${quoteLiteral(`pg_catalog.${signature}`)}, 'EXECUTE')`)),
    connectUnlessAllowed(MAINTENANCE_DATABASE, name),
  ];
}

/** `\gexec` runs the statement that the query returns, so that nothing runs where the object is there. */
function createUnlessThere(statement: string, catalog: string, column: string, name: string): string {
  return `SELECT ${quoteLiteral(statement)} WHERE NOT EXISTS (SELECT FROM pg_catalog.${catalog} WHERE ${column} = ${quoteLiteral(name)})\\gexec`;
}

function connectUnlessAllowed(database: string, role: string): string {
  const statement = `GRANT CONNECT ON DATABASE ${quoteIdentifier(database)} TO ${quoteIdentifier(role)}`;
  return alterWhere(statement, role, `${isOurs(role)} AND NOT has_database_privilege(oid, ${quoteLiteral(database)}, 'CONNECT')`);
}
