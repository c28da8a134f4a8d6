import { error, offence, Rule, warning } from '../rule';

/** The oldest version that runs at all, and the span that this library's tests run on. */
const OLDEST = 14;
const OLDEST_TESTED = 15;
const YOUNGEST_TESTED = 18;

export const versionRules: readonly Rule[] = [
  {
    code: 'PG1101',
    severity: error,
    cause: 'is not a version of PostgreSQL that can be run',
    cure: 'name major and minor version, such as `PostgresVersion.of(\'18.6\')`, of 14 or later',
    offences: ({ version }) => offence(!/^\d{2}\.\d{1,2}$/.test(version.text) || version.major < OLDEST, 'version', version.text),
  },
  {
    code: 'PG1102',
    severity: warning,
    cause: 'is a version that gets no fixes any more',
    cure: 'move to a supported major version',
    offences: ({ version }) => offence(version.major >= OLDEST && version.major < OLDEST_TESTED, 'version', version.text),
  },
  {
    code: 'PG1103',
    severity: warning,
    cause: 'is younger than this library\'s tests',
    cure: 'update the library, or try the version on data that you can lose',
    offences: ({ version }) => offence(version.major > YOUNGEST_TESTED, 'version', version.text),
  },
  {
    code: 'PG1104',
    severity: error,
    cause: 'is not a reference of a container image',
    cure: 'use a repository with a tag or digest, such as `registry.example.com/team/postgis:18-3.6`',
    offences: ({ image }) => offence(!/^[a-z0-9][a-zA-Z0-9._:/-]*[:@][a-zA-Z0-9._:-]+$/.test(image.reference), 'image', image.reference),
  },
  {
    code: 'PG1105',
    severity: error,
    cause: 'is not a user or group that may run the server',
    cure: 'use a whole number of 1 or more: PostgreSQL refuses root',
    offences: ({ image }) => [
      ...offence(!isUser(image.runAsUser), 'image.runAsUser', image.runAsUser),
      ...offence(!isUser(image.runAsGroup), 'image.runAsGroup', image.runAsGroup),
    ],
  },
  {
    code: 'PG1106',
    severity: error,
    cause: 'is not a locale that this version\'s initdb can use',
    cure: 'builtin: `C` or `C.UTF-8` from PostgreSQL 17, `PG_UNICODE_FAST` from 18; icu: a language tag; libc: a locale of the image',
    offences: ({ initdb, version }) => offence(!isLocale(initdb.provider, initdb.locale, version.major), 'initdb.locale', `${initdb.provider} ${initdb.locale}`),
  },
  {
    code: 'PG1107',
    severity: error,
    cause: 'is not a size that a file of the write-ahead log can have',
    cure: 'use a power of two between 1 MiB and 1 GiB',
    offences: ({ initdb: { walSegmentMebibytes: size } }) => offence(!Number.isInteger(Math.log2(size)) || size < 1 || size > 1024, 'initdb.walSegmentSize', `${size} MiB`),
  },
  {
    code: 'PG1108',
    severity: error,
    cause: 'is not something that a guard can have found',
    cure: 'copy the value that the refusing pod prints: a major version, a libc such as `glibc-2.36`, a cluster such as `name/system identifier`; one for each guard',
    offences: ({ acknowledged, version }) => [
      ...offence(!/^(\d+)?$/.test(acknowledged.major) || acknowledged.major === `${version.major}`, 'acknowledgements', acknowledged.major),
      ...offence(!/^((glibc|musl)-[0-9.]+)?$/.test(acknowledged.libc), 'acknowledgements', acknowledged.libc),
      ...offence(!/^([a-z0-9-]+\/\d+)?$/.test(acknowledged.cluster), 'acknowledgements', acknowledged.cluster),
    ],
  },
];

function isUser(id: number): boolean {
  return Number.isInteger(id) && id > 0 && id < 2 ** 31;
}

function isLocale(provider: string, locale: string, major: number): boolean {
  if (provider !== 'builtin') return /^[A-Za-z0-9_.@=;-]+$/.test(locale);
  return major >= 17 && (['C', 'C.UTF-8'].includes(locale) || (major >= 18 && locale === 'PG_UNICODE_FAST'));
}
