import { error, offence, Rule } from '../rule';

export const credentialRules: readonly Rule[] = [
  {
    code: 'PG1801',
    severity: error,
    cause: 'are environment variables that are missing or empty',
    cure: 'set all of them where the program is synthesized',
    offences: ({ credentials: { missingVariables } }) => offence(missingVariables.length > 0, 'credentials', missingVariables.join(', ')),
  },
  {
    code: 'PG1802',
    severity: error,
    cause: 'is not a name or key that a Secret can have',
    cure: 'use lower-case letters, digits, `-` and `.` for the name, and letters, digits, `-`, `_` and `.` for keys',
    offences: ({ name, credentials: { secretName, keys } }) => [
      // a name that follows from a bad `name` is reported there
      ...offence(!isObjectName(secretName) && secretName !== `${name}-credentials`, 'credentials', secretName),
      ...Object.entries(keys).flatMap(([file, key]) => offence(!/^[-._a-zA-Z0-9]{1,253}$/.test(key), `credentials.keys[${file}]`, key)),
    ],
  },
  {
    code: 'PG1803',
    severity: error,
    cause: 'is a password that is empty or has a line break or a null byte in it',
    cure: 'remove the line break, also one at the very end, or give a password',
    offences: ({ credentials: { values, missingVariables } }) => missingVariables.length > 0 ? [] : Object.entries(values)
      // the value stays out of the message: it is a secret
      .flatMap(([key, value]) => offence(value === '' || /[\r\n\0]/.test(value), 'credentials', key)),
  },
  {
    code: 'PG1804',
    severity: error,
    cause: 'is not a name that an object can have',
    cure: 'use lower-case letters, digits, `-` and `.`, beginning and ending with a letter or digit',
    offences: ({ imagePullSecrets, serviceAccount, backups, scheduling }) => [
      ...imagePullSecrets.flatMap((name, index) => offence(!isObjectName(name), `imagePullSecrets[${index}]`, name)),
      ...serviceAccount.composed ? [] : offence(!isObjectName(serviceAccount.name), 'serviceAccountName', serviceAccount.name),
      ...backups.flatMap(({ claim }, index) => claim.composed ? [] : offence(!isObjectName(claim.name), `backups[${index}].target`, claim.name)),
      ...scheduling.priorityClasses.flatMap((name) => offence(!isObjectName(name), 'scheduling.priorityClass', name)),
    ],
  },
];

function isObjectName(name: string): boolean {
  return name.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name);
}
