import { error, offence, Rule, warning } from '../rule';

/** The oldest version that runs at all, see docs/decisions/0009-version-14.md, and the youngest that this library's tests run on. */
const OLDEST = 15;
const YOUNGEST_TESTED = 18;

export const versionRules: readonly Rule[] = [
  {
    code: 'PG1101',
    severity: error,
    cause: 'is not a version of PostgreSQL that can be run',
    cure: 'name major and minor version, such as `PostgresVersion.of(\'18.6\')`, without zeros before them, of 15 or later: older ones lack what the pod needs',
    offences: ({ version }) => offence(!/^[1-9]\d\.(0|[1-9]\d?)$/.test(version.text) || version.major < OLDEST, 'version', version.text),
  },
  {
    // PG1102 is retired: it warned of version 14
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
    cure: 'use a repository with a tag or digest, such as `registry.example.com/team/postgis:18-3.6`; a digest is `sha256:` and 64 hexadecimal digits',
    offences: ({ image, sidecars }) => [
      ...offence(!isImage(image.reference), 'image', image.reference),
      ...sidecars.flatMap((sidecar, index) => offence(!isImage(sidecar.image), `sidecars[${index}].image`, sidecar.image)),
    ],
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
    cure: 'copy the value that the refusing pod prints: a major version, a libc such as `glibc-2.36` or `unknown`, a cluster such as `name/system identifier`',
    offences: ({ acknowledged, version }) => [
      ...offence(!/^((^|,)\d+)*$/.test(acknowledged.major) || acknowledged.major.split(',').includes(`${version.major}`), 'acknowledgements', acknowledged.major),
      ...offence(!/^((^|,)((glibc|musl)-[0-9.]+|unknown))*$/.test(acknowledged.libc), 'acknowledgements', acknowledged.libc),
      ...offence(!/^((^|,)(lost:)?[a-z0-9-]+\/\d+)*$/.test(acknowledged.cluster), 'acknowledgements', acknowledged.cluster),
    ],
  },
];

/** @see https://github.com/distribution/reference/blob/main/reference.go */
function isImage(reference: string): boolean {
  const [, repository, tag, digest] = /^([^:@]+(?::\d+\/[^:@]+)?)(?::([^:@]+))?(?:@(.+))?$/.exec(reference) ?? [];
  if (repository === undefined || (tag ?? digest) === undefined) return false;
  return /^([a-zA-Z0-9]([-.a-zA-Z0-9]*[a-zA-Z0-9])?(:\d+)?\/)?[a-z0-9]+((\.|_{1,2}|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_{1,2}|-+)[a-z0-9]+)*)*$/.test(repository)
    && (tag === undefined || /^\w[\w.-]{0,127}$/.test(tag)) && (digest === undefined || /^sha256:[0-9a-f]{64}$/.test(digest));
}

function isUser(id: number): boolean {
  return Number.isInteger(id) && id > 0 && id < 2 ** 31;
}

function isLocale(provider: string, locale: string, major: number): boolean {
  if (provider !== 'builtin') return /^[A-Za-z0-9_.@=;-]+$/.test(locale);
  return major >= 17 && (['C', 'C.UTF-8'].includes(locale) || (major >= 18 && locale === 'PG_UNICODE_FAST'));
}
