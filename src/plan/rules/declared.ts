import { isIdentifier, isLegalName, OWN_DATABASES, OWN_ROLES } from './databases';
import { predefinedRoles } from '../../postgres/extensions';
import { TablePrivilege } from '../../privilege';
import { isDataKey, isObjectName } from '../legal-names';
import type { ApplicationRolePlan, Plan } from '../plan';
import { error, offence, Offence, outside, Rule } from '../rule';

/** A ConfigMap takes 1 MiB, `kubectl apply` keeps 256 KiB of it in an annotation, and the declared roles and databases are in the same one. */
const MOST_SQL_BYTES = 128 * 1024;

export const declaredRules: readonly Rule[] = [
  {
    code: 'PG2401',
    severity: error,
    cause: 'is not a name that it can have',
    cure: 'use between 1 and 63 bytes of UTF-8 without control characters, for databases and roles not beginning with `/`, `+` or `@`',
    offences: (plan) => everyName(plan).filter(({ value, inside }) => inside ? !isIdentifier(value) : !isLegalName(value)),
  },
  {
    code: 'PG2402',
    severity: error,
    cause: 'is declared twice',
    cure: 'declare it once; the props `database` and `owner` count',
    offences: ({ databases, applicationRoles, owner }) => [
      ...twice(databases.map(({ name }) => name)).map((value) => ({ prop: 'addDatabase', value })),
      ...twice([owner, ...applicationRoles.map(({ name }) => name)]).map((value) => ({ prop: 'addRole', value })),
      ...databases.flatMap(({ name, extensions, schemas }) => [
        ...twice(extensions).map((value) => ({ prop: `extensions of ${name}`, value })), ...twice(schemas).map((value) => ({ prop: `schemas of ${name}`, value })),
      ]),
    ],
  },
  {
    code: 'PG2403',
    severity: error,
    cause: 'is made by the server or the construct',
    cure: `choose another name: not beginning with \`pg_\`, no role ${OWN_ROLES.join(', ')}, no database ${OWN_DATABASES.join(', ')}, no schema information_schema or public`,
    offences: ({ databases: [, ...databases], applicationRoles, databases: all }) => [
      ...databases.flatMap(({ name }) => offence(OWN_DATABASES.includes(name), 'addDatabase', name)),
      ...applicationRoles.flatMap(({ name }) => offence(OWN_ROLES.includes(name) || name.startsWith('pg_'), 'addRole', name)),
      ...all.flatMap(({ name, schemas }) => schemas.filter((schema) => ['information_schema', 'public'].includes(schema) || schema.startsWith('pg_'))
        .map((value) => ({ prop: `schemas of ${name}`, value }))),
    ],
  },
  {
    code: 'PG2404',
    severity: error,
    cause: 'is a role that nothing declares',
    cure: 'declare it with `addRole`, also where somebody else makes it, or use the owner of the first database or, as a membership, a role that the server has',
    offences: ({ databases, applicationRoles, owner, version }) => {
      const roles = [owner, ...applicationRoles.map(({ name }) => name)];
      const groups = [...roles, ...predefinedRoles(version.major)];
      return [
        ...databases.flatMap((database) => offence(!roles.includes(database.owner), `owner of the database ${database.name}`, database.owner)),
        ...applicationRoles.flatMap(({ name, memberOf }) => memberOf.filter((group) => !groups.includes(group)).map((value) => ({ prop: `memberOf of the role ${name}`, value }))),
      ];
    },
  },
  {
    code: 'PG2405',
    severity: error,
    cause: 'is a database that nothing declares',
    cure: 'declare it with `addDatabase`, or leave it out to mean the first one',
    offences: ({ databases, applicationRoles }) => {
      const isUnknown = ({ database }: { readonly database: string }): boolean => databases.every(({ name }) => name !== database);
      return applicationRoles.flatMap(({ name, privileges, bindings }) => [
        ...privileges.filter(isUnknown).map(({ database }) => ({ prop: `privileges of the role ${name}`, value: database })),
        ...bindings.filter(isUnknown).map(({ database }) => ({ prop: `bindingSecret of the role ${name}`, value: database })),
      ]);
    },
  },
  {
    code: 'PG2406',
    severity: error,
    cause: 'is a role that would be a member of itself',
    cure: 'remove one membership of the circle',
    offences: ({ applicationRoles }) => applicationRoles.filter(({ name }) => groupsOf(name, applicationRoles).has(name)).map(({ name }) => ({ prop: 'memberOf', value: name })),
  },
  {
    code: 'PG2407',
    severity: error,
    cause: 'is not a number of connections',
    cure: 'use a whole number from 0, or leave it out for no limit',
    offences: ({ applicationRoles }) => applicationRoles.flatMap(({ name, connectionLimits }) => connectionLimits
      .filter((limit) => !Number.isInteger(limit) || limit < 0 || limit >= 2 ** 31).map((value) => ({ prop: `connectionLimit of the role ${name}`, value }))),
  },
  {
    code: 'PG2410',
    severity: error,
    cause: 'is not a name or key that a Secret or ConfigMap can have',
    cure: 'use lower-case letters, digits, `-` and `.` for the name, and letters, digits, `-`, `_` and `.` for the key; give `bindingSecret` a `name` where the name of the role is none',
    offences: ({ applicationRoles, initSql }) => [
      ...applicationRoles.flatMap(({ name, bindings, passwords }) => [
        ...bindings.flatMap(({ secretName }) => offence(!isObjectName(secretName), `bindingSecret of the role ${name}`, secretName)),
        // the Secret of the role itself is reported above
        ...passwords.filter(({ secretName }) => bindings.every((binding) => binding.secretName !== secretName))
          .flatMap((password) => badReference(`password of the role ${name}`, password.secretName, password.key)),
      ]),
      ...initSql.flatMap(({ kind, source, key }, index) => kind === 'text' ? [] : badReference(`initSql[${index}]`, source, key)),
    ],
  },
  {
    code: 'PG2411',
    severity: error,
    cause: 'is a Secret that somebody else makes, or that two roles share',
    cure: 'give `bindingSecret` another `name`',
    offences: ({ applicationRoles, credentials, tls }) => {
      const names = applicationRoles.flatMap(({ bindings }) => bindings.map(({ secretName }) => secretName));
      // a password of an unsafe source is in the Secret of the role itself
      const given = applicationRoles.flatMap(({ bindings, passwords }) => bindings.some((binding) => binding.passwords.length > 0) ? [] : passwords);
      const taken = [credentials, ...tls, ...given].map(({ secretName }) => secretName);
      return [...twice(names), ...names.filter((name) => taken.includes(name))].map((value) => ({ prop: 'bindingSecret', value }));
    },
  },
  {
    code: 'PG2412',
    severity: error,
    cause: 'is a role that may not log in and has a password or a limit of connections',
    cure: 'leave these out, or let it log in',
    offences: ({ applicationRoles }) => applicationRoles
      .filter(({ login, passwords, connectionLimits }) => !login && passwords.length + connectionLimits.length > 0).map(({ name }) => ({ prop: 'addRole', value: name })),
  },
  {
    code: 'PG2413',
    severity: error,
    cause: 'is a password that is empty or has a line break or a null byte in it, or an environment variable that is missing or empty',
    cure: 'set the variable where the program is synthesized, or give a password without line breaks',
    // the value stays out of the message: it is a secret
    offences: ({ applicationRoles }) => applicationRoles.flatMap(({ name, bindings }) => bindings.flatMap((binding): Offence[] => [
      ...binding.missingVariables.map((value) => ({ prop: `password of the role ${name}`, value })),
      ...binding.missingVariables.length > 0 ? [] : binding.passwords.flatMap((password) =>
        offence(password === '' || /[\r\n\0]|\p{Surrogate}/u.test(password), 'password', name)),
    ])),
  },
  {
    code: 'PG2414',
    severity: error,
    cause: 'is SQL that is empty or that no file can hold',
    cure: 'use text of at least one character in UTF-8 without null bytes',
    offences: ({ initSql }) => initSql.flatMap(({ kind, source }, index) => kind === 'text'
      ? offence(source.trim() === '' || /\0|\p{Surrogate}/u.test(source), `initSql[${index}]`, source.slice(0, 40)) : []),
  },
  {
    code: 'PG2415',
    severity: error,
    cause: 'is a privilege that names nothing that could be granted',
    cure: 'list at least one privilege',
    offences: ({ applicationRoles }) => applicationRoles.flatMap(({ name, privileges }) => privileges
      .filter((one) => one.kind === 'table' && one.privileges.length === 0).map(({ table }) => ({ prop: `privileges of the role ${name}`, value: table }))),
  },
  {
    code: 'PG2416',
    severity: error,
    cause: 'is not a privilege that a table has',
    cure: `use values of \`TablePrivilege\`: ${Object.values(TablePrivilege).join(', ')}`,
    offences: ({ applicationRoles }) => applicationRoles.flatMap(({ name, privileges }) => privileges.flatMap((one) => one.privileges)
      .flatMap((privilege) => outside(TablePrivilege, `privileges of the role ${name}`, privilege))),
  },
  {
    code: 'PG2417',
    severity: error,
    cause: 'are more bytes of SQL than `kubectl apply` can keep beside the declared roles and databases',
    cure: `use at most ${MOST_SQL_BYTES} for all texts together; put longer ones into a ConfigMap and use \`InitSql.fromConfigMap\``,
    offences: ({ initSql }) => {
      const bytes = initSql.reduce((sum, { kind, source }) => sum + (kind === 'text' ? Buffer.byteLength(source) : 0), 0);
      return offence(bytes > MOST_SQL_BYTES, 'initSql', bytes);
    },
  },
];

/** Every declared name; those of what is inside a database are never read by the access rules. */
function everyName({ databases, applicationRoles }: Plan): (Offence & { readonly value: string; readonly inside: boolean })[] {
  const named = (prop: string, inside: boolean, names: readonly string[]): { prop: string; value: string; inside: boolean }[] =>
    names.map((value) => ({ prop, value, inside }));
  return [
    ...named('addDatabase', false, databases.slice(1).map(({ name }) => name)),
    ...named('addRole', false, applicationRoles.map(({ name }) => name)),
    ...databases.flatMap(({ name, extensions, schemas }) => [...named(`extensions of ${name}`, true, extensions), ...named(`schemas of ${name}`, true, schemas)]),
    ...applicationRoles.flatMap(({ name, privileges }) => privileges.flatMap(({ kind, schema, table }) =>
      named(`privileges of the role ${name}`, true, kind === 'table' ? [schema, table] : [schema]))),
  ];
}

function badReference(prop: string, name: string, key: string): Offence[] {
  return [...offence(!isObjectName(name), prop, name), ...offence(!isDataKey(key), prop, key)];
}

function twice(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) < index))];
}

/** Every role that a role is a member of, directly or through others. */
function groupsOf(role: string, roles: readonly ApplicationRolePlan[]): Set<string> {
  const found = new Set<string>();
  const visit = (name: string): void => {
    for (const group of roles.filter((one) => one.name === name).flatMap(({ memberOf }) => memberOf)) {
      if (found.has(group)) continue;
      found.add(group);
      visit(group);
    }
  };
  visit(role);
  return found;
}
