import { certificateNames } from './certificate-names';
import { filled } from './filled';
import { objectLabels } from './labels';
import type { Manifest } from './manifest';
import type { CertificatePlan, Plan, TlsPlan } from '../plan/plan';
import { isAddress } from '../postgres/addresses';

/**
 * What cert-manager makes the Secret from and renews. The Secret carries our label, so that it is found and goes with the database.
 *
 * @see https://cert-manager.io/docs/reference/api-docs/#cert-manager.io/v1.CertificateSpec
 */
export function tlsCertificate(plan: Plan, { secretName }: TlsPlan, { issuer, seconds, renewBeforeSeconds }: CertificatePlan): Manifest {
  const names = certificateNames(plan);
  return {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: { name: secretName, labels: objectLabels(plan), annotations: plan.annotations },
    body: {
      spec: {
        secretName,
        secretTemplate: { labels: objectLabels(plan) },
        duration: goDuration(seconds),
        renewBefore: goDuration(renewBeforeSeconds),
        privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' },
        usages: ['digital signature', 'key encipherment', 'server auth'],
        dnsNames: names.filter((name) => !isAddress(name)),
        ...filled({ ipAddresses: names.filter(isAddress) }),
        issuerRef: { group: issuer.group, kind: issuer.kind, name: issuer.name },
      },
    },
  };
}

/** @see https://pkg.go.dev/time#ParseDuration */
function goDuration(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600}h`;
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}
