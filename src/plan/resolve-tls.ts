import type { CertificatePlan, TlsPlan } from './plan';
import { seconds } from './seconds';
import { textOf } from './texts';
import { ClientCertificates, Tls, TlsMode, TlsVersion } from '../tls';

/** Where the certificate comes from and what clients must do; none where connections are not encrypted. */
export function resolveTls(name: string, tls: Tls | null | undefined): TlsPlan[] {
  if (tls == null) return [];
  const keys = tls._given?.keys ?? {};
  const authority = keys.authority ?? 'ca.crt';
  const options = tls._options;
  return [{
    secretName: tls._given?.secretName ?? `${name}-tls`,
    keys: {
      'tls.crt': keys.certificate ?? 'tls.crt',
      'tls.key': keys.privateKey ?? 'tls.key',
      'ca.crt': authority,
      'client-ca.crt': keys.clientAuthority ?? authority,
    },
    mode: options.mode ?? TlsMode.REQUIRED,
    minimumVersion: textOf(options.minimumVersion ?? TlsVersion.V1_2),
    clientCertificates: options.clientCertificates ?? ClientCertificates.NONE,
    additionalNames: (options.additionalNames ?? []).map(textOf),
    certificates: resolveCertificate(tls),
  }];
}

/** The server's part of it. The paths are those that the Secret is mounted at. */
export function tlsSettings(tls: TlsPlan): Record<string, string> {
  return {
    ssl: 'on',
    ssl_cert_file: '/etc/cdk8s-postgres/tls/tls.crt',
    ssl_key_file: '/etc/cdk8s-postgres/tls/tls.key',
    ssl_min_protocol_version: tls.minimumVersion,
    ...tls.clientCertificates === ClientCertificates.NONE ? {} : { ssl_ca_file: '/etc/cdk8s-postgres/tls/client-ca.crt' },
  };
}

function resolveCertificate({ _requested: requested }: Tls): CertificatePlan[] {
  if (requested === undefined) return [];
  const { issuer, options } = requested;
  const validSeconds = seconds(options.duration) ?? 90 * 24 * 3600;
  return [{
    issuer: { group: issuer._group, kind: issuer._kind, name: issuer._name },
    seconds: validSeconds,
    renewBeforeSeconds: seconds(options.renewBefore) ?? Math.floor(validSeconds / 3),
  }];
}
