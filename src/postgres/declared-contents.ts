import { quoteIdentifier, quoteLiteral } from './quoting';

/** What is declared inside one database. */
export interface Contents {
  readonly database: string;
  readonly owner: string;
  readonly extensions: readonly string[];
  readonly schemas: readonly string[];
  readonly grants: readonly Grant[];
}

export interface Grant {
  readonly role: string;
  readonly kind: 'connect' | 'read' | 'write' | 'create' | 'table';
  readonly schema: string;
  readonly table: string;
  readonly privileges: readonly string[];
}

/** Kinds of relations that are read and written as tables: tables, partitioned ones, views, materialised views, foreign tables. */
const TABLES = "('r', 'p', 'v', 'm', 'f')";

const PRIVILEGES = {
  read: { tables: ['SELECT'], sequences: ['SELECT'] },
  write: { tables: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'], sequences: ['SELECT', 'USAGE'] },
} as const;

/** Whether there is anything to do inside the database. */
export function isEmpty({ extensions, schemas, grants }: Contents): boolean {
  return extensions.length + schemas.length + grants.length === 0;
}

/**
 * A psql script that makes what is declared inside a database. It may run any number of times, does nothing where nothing is missing, and
 * takes nothing away. Each piece stands alone: what fails does not keep the rest back. What it prints is what somebody has to know.
 */
export function contentsScript(contents: Contents): string {
  const { database, owner, extensions, schemas, grants } = contents;
  return [
    '-- What the program declares inside this database. Every line that this prints tells of something that is missing.',
    'SET client_min_messages = error;',
    ...extensions.flatMap((name) => extension(name, database)),
    ...schemas.map((name) => execute(`SELECT ${quoteLiteral(`CREATE SCHEMA ${quoteIdentifier(name)} AUTHORIZATION ${quoteIdentifier(owner)}`)}`
      + ` WHERE NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = ${quoteLiteral(name)})`)),
    // several privileges of a role ask for the same
    ...new Set(grants.flatMap((grant) => [connect(grant.role), ...grantScript(grant)])),
    '',
  ].join('\n');
}

/** Into `public`, unless it has a schema of its own; with what it depends on. */
function extension(name: string, database: string): string[] {
  const literal = quoteLiteral(name);
  const missing = `NOT EXISTS (SELECT FROM pg_extension WHERE extname = ${literal})`;
  const sentence = `the image has no extension ${quoteIdentifier(name)}: the database ${quoteIdentifier(database)} goes without it`;
  return [
    `SELECT ${quoteLiteral(sentence)} WHERE ${missing} AND NOT EXISTS (SELECT FROM pg_available_extensions WHERE name = ${literal});`,
    execute('SELECT format(\'CREATE EXTENSION %I%s CASCADE\', v.name, CASE WHEN v.schema IS NULL THEN \' SCHEMA public\' END)'
      + ' FROM pg_available_extension_versions v JOIN pg_available_extensions a ON a.name = v.name AND a.default_version = v.version'
      + ` WHERE v.name = ${literal} AND ${missing}`),
  ];
}

function connect(role: string): string {
  return execute(`SELECT format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), ${quoteLiteral(role)})`
    + ` WHERE NOT has_database_privilege(${quoteLiteral(role)}, current_database(), 'CONNECT')`);
}

function grantScript(grant: Grant): string[] {
  switch (grant.kind) {
    case 'connect': return [];
    case 'create': return inSchema(grant, ['USAGE', 'CREATE']);
    case 'table': return [...inSchema(grant, ['USAGE']), ...onTable(grant)];
    default: return [
      ...inSchema(grant, ['USAGE']),
      ...onAll(grant, 'TABLE', TABLES, 'has_table_privilege', PRIVILEGES[grant.kind].tables),
      ...onAll(grant, 'SEQUENCE', "('S')", 'has_sequence_privilege', PRIVILEGES[grant.kind].sequences),
      ...later(grant, 'TABLES', 'r', PRIVILEGES[grant.kind].tables),
      ...later(grant, 'SEQUENCES', 'S', PRIVILEGES[grant.kind].sequences),
    ];
  }
}

function inSchema({ role, schema }: Grant, privileges: readonly string[]): string[] {
  const sentence = `there is no schema ${quoteIdentifier(schema)} yet: privileges of the role ${quoteIdentifier(role)} wait for it`;
  return [
    `SELECT ${quoteLiteral(sentence)} WHERE NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = ${quoteLiteral(schema)});`,
    ...privileges.map((privilege) => execute(`SELECT format('GRANT ${privilege} ON SCHEMA %I TO %I', nspname, ${quoteLiteral(role)}) FROM pg_namespace`
      + ` WHERE nspname = ${quoteLiteral(schema)} AND NOT has_schema_privilege(${quoteLiteral(role)}, oid, '${privilege}')`)),
  ];
}

function onTable(grant: Grant): string[] {
  const { role, schema, table, privileges } = grant;
  const sentence = `there is no table ${quoteIdentifier(schema)}.${quoteIdentifier(table)} yet: privileges of the role ${quoteIdentifier(role)} wait for it`;
  return [
    `SELECT ${quoteLiteral(sentence)} WHERE NOT EXISTS (SELECT ${relations(grant, TABLES)} AND relname = ${quoteLiteral(table)});`,
    ...privileges.map((privilege) => execute(
      `${grantOn(grant, 'TABLE', TABLES, 'has_table_privilege', privilege)} AND relname = ${quoteLiteral(table)}`)),
  ];
}

function onAll(grant: Grant, kind: string, relkinds: string, has: string, privileges: readonly string[]): string[] {
  return privileges.map((privilege) => execute(grantOn(grant, kind, relkinds, has, privilege)));
}

function grantOn(grant: Grant, kind: string, relkinds: string, has: string, privilege: string): string {
  const role = quoteLiteral(grant.role);
  return `SELECT format('GRANT ${privilege} ON ${kind} %I.%I TO %I', nspname, relname, ${role}) ${relations(grant, relkinds)}`
    // first the kind: asking for a privilege of another kind of relation is an error
    + ` AND CASE WHEN relkind IN ${relkinds} THEN NOT ${has}(${role}, c.oid, '${privilege}') END`;
}

function relations({ schema }: Grant, relkinds: string): string {
  return `FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = ${quoteLiteral(schema)} AND relkind IN ${relkinds}`;
}

/** What the owner of the database makes from now on. */
function later({ role, schema }: Grant, kind: string, letter: string, privileges: readonly string[]): string[] {
  return privileges.map((privilege) => execute(
    `SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT ${privilege} ON ${kind} TO %I', o.rolname, nspname, ${quoteLiteral(role)})`
    + ' FROM pg_namespace n, pg_database d JOIN pg_roles o ON o.oid = datdba'
    + ` WHERE nspname = ${quoteLiteral(schema)} AND datname = current_database() AND NOT EXISTS (`
    + 'SELECT FROM pg_default_acl, aclexplode(defaclacl) a JOIN pg_roles g ON g.oid = a.grantee'
    + ` WHERE defaclrole = datdba AND defaclnamespace = n.oid AND defaclobjtype = '${letter}'`
    + ` AND g.rolname = ${quoteLiteral(role)} AND a.privilege_type = '${privilege}')`));
}

/** `\gexec` runs the statements that the query returns. */
function execute(query: string): string {
  return `${query}\\gexec`;
}
