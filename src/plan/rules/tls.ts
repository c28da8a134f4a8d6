import { isAddress } from '../../postgres/addresses';
import { ClientCertificates, TlsMode, TlsVersion } from '../../tls';
import { isDataKey, isDnsLabel, isObjectName } from '../legal-names';
import type { CertificatePlan, Plan, TlsPlan } from '../plan';
import { error, offence, Offence, outside, Rule, warning } from '../rule';

const HOUR = 3600;

export const tlsRules: readonly Rule[] = [
  {
    code: 'PG2001',
    severity: error,
    cause: 'is not a name or key that a Secret can have',
    cure: 'use lower-case letters, digits, `-` and `.` for the name, and letters, digits, `-`, `_` and `.` for keys',
    offences: ({ name, tls }) => tls.flatMap(({ secretName, keys }) => [
      // a name that follows from a bad `name` is reported there
      ...offence(!isObjectName(secretName) && secretName !== `${name}-tls`, 'tls.secretName', secretName),
      ...unique(Object.values(keys)).flatMap((key) => offence(!isDataKey(key), 'tls.keys', key)),
    ]),
  },
  {
    code: 'PG2002',
    severity: error,
    cause: 'is the key of the private key and of something that others read too',
    cure: 'keep the private key under a key of its own: authorities are mounted where the private key must not be',
    offences: ({ tls }) => tls.flatMap(({ keys }) => offence(
      keys['tls.key'] === keys['ca.crt'] || keys['tls.key'] === keys['client-ca.crt'], 'tls.keys.privateKey', keys['tls.key'])),
  },
  {
    code: 'PG2003',
    severity: error,
    cause: 'is not a name that a certificate can have',
    cure: 'use addresses, or DNS names of lower-case letters, digits, `-` and `.`, the first part may be `*`; a part has at most 63 characters',
    offences: ({ tls }) => tls.flatMap(({ additionalNames }) => additionalNames.filter((name) => !isDnsName(name) && !isAddress(name))
      .map((value) => ({ prop: 'tls.additionalNames', value }))),
  },
  {
    code: 'PG2004',
    severity: error,
    cause: 'asks clients for certificates and lets them in without TLS too, where they show none',
    cure: 'leave `mode` out, or leave `clientCertificates` out',
    offences: ({ tls }) => tls.flatMap(({ mode, clientCertificates }) =>
      offence(mode === 'optional' && clientCertificates !== 'none', 'tls.clientCertificates', clientCertificates)),
  },
  {
    code: 'PG2005',
    severity: error,
    cause: 'is a validity that cert-manager refuses',
    cure: 'use a `duration` of at least an hour, and a `renewBefore` of at least five minutes that is less than it',
    offences: (plan) => certificates(plan).flatMap(validity),
  },
  {
    code: 'PG2006',
    severity: error,
    cause: 'is not what an issuer can be called',
    cure: 'give the name of an object, a group such as `cert-manager.io`, and a kind such as `ClusterIssuer`',
    offences: (plan) => certificates(plan).flatMap(({ issuer }) => [
      ...offence(!isObjectName(issuer.name), 'tls.issuer', issuer.name),
      ...offence(!isObjectName(issuer.group), 'tls.issuer', issuer.group),
      ...offence(!/^[A-Z][A-Za-z0-9]{0,62}$/.test(issuer.kind), 'tls.issuer', issuer.kind),
    ]),
  },
  {
    code: 'PG2007',
    severity: warning,
    cause: 'is a certificate without the names that have the namespace in them, because the namespace is not known',
    cure: 'give the chart a namespace: clients of other namespaces check the server by those names',
    offences: (plan) => certificates(plan).flatMap(() => offence(plan.namespaces.length === 0, 'tls', `${plan.name}-tls`)),
  },
  {
    code: 'PG2008',
    severity: error,
    cause: 'is no value of the enum that belongs here',
    cure: 'use a value of `TlsMode`, `TlsVersion` or `ClientCertificates`',
    offences: ({ tls }) => tls.flatMap(({ mode, minimumVersion, clientCertificates }) => [
      ...outside(TlsMode, 'tls.mode', mode),
      ...outside(TlsVersion, 'tls.minimumVersion', minimumVersion),
      ...outside(ClientCertificates, 'tls.clientCertificates', clientCertificates),
    ]),
  },
];

function certificates({ tls }: Plan): CertificatePlan[] {
  return tls.flatMap((one: TlsPlan) => one.certificates);
}

/** @see https://cert-manager.io/docs/reference/api-docs/#cert-manager.io/v1.CertificateSpec */
function validity({ seconds, renewBeforeSeconds }: CertificatePlan): Offence[] {
  return [
    ...offence(!(seconds >= HOUR), 'tls.duration', `${seconds} s`),
    ...offence(seconds >= HOUR && !(renewBeforeSeconds >= HOUR / 12 && renewBeforeSeconds < seconds), 'tls.renewBefore', `${renewBeforeSeconds} s`),
  ];
}

/** @see https://datatracker.ietf.org/doc/html/rfc6125#section-6.4.3 */
function isDnsName(name: string): boolean {
  const labels = name.replace(/^\*\./, '').split('.');
  return name.length <= 253 && labels.every(isDnsLabel);
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
