import { error, offence, Rule } from '../rule';

/** Roles that the server or this library makes for itself. */
export const OWN_ROLES = ['postgres', 'backup', 'restore', 'replicator', 'public', 'none'];

/** Databases that every cluster has. */
export const OWN_DATABASES = ['postgres', 'template0', 'template1'];

/** Half of a character that takes two units has no bytes of its own in UTF-8. */
const HALF = /[\ud800-\udfff]/u;

/** Names end up in files that are read line by line and tab by tab. */
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f]/;

export const databaseRules: readonly Rule[] = [
  {
    code: 'PG1201',
    severity: error,
    cause: 'is not a name that a database or role can have',
    cure: 'use between 1 and 63 bytes of UTF-8 without control characters, not beginning with `/`, `+` or `@`, which the access rules read as patterns',
    offences: ({ database, owner }) => [
      ...offence(!isLegalName(database), 'database', database),
      ...offence(!isLegalName(owner), 'owner', owner),
    ],
  },
  {
    code: 'PG1202',
    severity: error,
    cause: 'begins with `pg_`, which the server keeps for its own roles',
    cure: 'choose another name',
    offences: ({ owner }) => offence(owner.startsWith('pg_'), 'owner', owner),
  },
  {
    code: 'PG1203',
    severity: error,
    cause: 'is declared twice, once by you and once by the construct or the server',
    cure: `choose another name; taken are the roles ${OWN_ROLES.join(', ')} and the databases ${OWN_DATABASES.join(', ')}`,
    offences: ({ database, owner }) => [
      ...offence(OWN_DATABASES.includes(database), 'database', database),
      ...offence(OWN_ROLES.includes(owner), 'owner', owner),
    ],
  },
];

/** Whether a database or role can have the name, and the access rules can name it. */
export function isLegalName(name: string): boolean {
  return isIdentifier(name) && !/^[/+@]/.test(name);
}

/** Whether something inside a database can have the name. */
export function isIdentifier(name: string): boolean {
  const bytes = Buffer.byteLength(name);
  return bytes > 0 && bytes <= 63 && !CONTROL.test(name) && !HALF.test(name);
}
