import { isDataKey, isObjectName } from '../legal-names';
import type { Plan } from '../plan';
import { error, offence, Offence, Rule } from '../rule';

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
      ...Object.entries(keys).flatMap(([file, key]) => offence(!isDataKey(key), `credentials.keys[${file}]`, key)),
    ],
  },
  {
    code: 'PG1803',
    severity: error,
    cause: 'is a password that is empty or has a line break, a null byte or half a surrogate pair in it',
    cure: 'remove the line break, also one at the very end, use characters of UTF-8, or give a password',
    offences: ({ credentials: { values, missingVariables } }) => missingVariables.length > 0 ? [] : Object.entries(values)
      // the value stays out of the message: it is a secret
      .flatMap(([key, value]) => offence(value === '' || /[\r\n\0]|\p{Surrogate}/u.test(value), 'credentials', key)),
  },
  {
    code: 'PG1804',
    severity: error,
    cause: 'is not a name that an object can have',
    cure: 'use lower-case letters, digits, `-` and `.`, beginning and ending with a letter or digit',
    offences: (plan) => everyName(plan).flatMap(([prop, name]): Offence[] => offence(!isObjectName(name), prop, name)),
  },
];

/** Every name of an object that the user wrote, but that of the Secret for the credentials. */
function everyName(plan: Plan): [string, string][] {
  const { imagePullSecrets, serviceAccount, backups, scheduling, data, wal, environment, sidecars, extraVolumes } = plan;
  const storage = (prop: string, volume: Plan['data']): [string, string][] => volume.kind === 'ephemeral' ? [] : [
    ...volume.storageClasses.map((name): [string, string] => [`${prop}.storageClass`, name]),
    ...volume.dataSources.map(({ name }): [string, string] => [`${prop}.dataSource`, name]),
  ];
  const sources = (prop: string, variables: Plan['environment']): [string, string][] => variables
    .filter(({ kind }) => kind === 'secretKey' || kind === 'configMapKey')
    .map(({ name, source }) => [`${prop}["${name}"]`, source]);
  return [
    ...imagePullSecrets.map((name, index): [string, string] => [`imagePullSecrets[${index}]`, name]),
    ...serviceAccount.composed ? [] : [['serviceAccountName', serviceAccount.name] as [string, string]],
    ...backups.flatMap(({ claim }, index): [string, string][] => claim.composed
      ? claim.storageClasses.map((name) => [`backups[${index}].target.storageClass`, name]) : [[`backups[${index}].target`, claim.name]]),
    ...scheduling.priorityClasses.map((name): [string, string] => ['scheduling.priorityClass', name]),
    ...storage('storage', data),
    ...wal.flatMap((volume) => storage('walStorage', volume)),
    ...sources('environment', environment),
    ...sidecars.flatMap((sidecar, index) => sources(`sidecars[${index}].environment`, sidecar.environment)),
    ...extraVolumes.filter(({ kind }) => kind !== 'emptyDir').map(({ source }): [string, string] => ['volumeMounts', source]),
  ];
}
