import { isObjectName } from '../legal-names';
import { error, offence, Rule, warning } from '../rule';

export const externalSecretRules: readonly Rule[] = [
  {
    code: 'PG1810',
    severity: error,
    cause: 'is not a name of a store or of a secret in it',
    cure: 'use lower-case letters, digits, `-` and `.` for the store, no empty text for a key, a property or a version, and always an entry `password`',
    offences: ({ credentials: { external } }) => external.flatMap(({ store, entries }) => [
      ...offence(!isObjectName(store.name), 'credentials.store', store.name),
      // untyped callers leave it out
      ...offence(entries.every(({ file }) => file !== 'password'), 'credentials[password]', ''),
      ...entries.flatMap(({ file, key, properties, versions }) =>
        [key, ...properties, ...versions].flatMap((text) => offence(text === '', `credentials[${file}]`, text))),
    ]),
  },
  {
    code: 'PG1811',
    severity: error,
    cause: 'is not a time between two looks at a store',
    cure: 'use at least ten seconds; stores count every question, and some take money for it',
    offences: ({ credentials: { external } }) => external.flatMap(({ refreshSeconds }) =>
      offence(refreshSeconds < 10, 'credentials.refreshInterval', `${refreshSeconds} seconds`)),
  },
  {
    code: 'PG1812',
    severity: warning,
    cause: 'has no entry for the password of the role `backup`, so that no backup can log in',
    cure: 'give `backupPassword`',
    offences: ({ backups, credentials: { external } }) => external.flatMap(({ store, entries }) =>
      offence(backups.length > 0 && entries.every(({ file }) => file !== 'backup-password'), 'credentials', store.name)),
  },
];
