import { find, Json, synthesize } from './find';
import { customViolations } from './schema/custom-resources';
import { CertificateIssuer, Tls } from '../../src';

const certificate = (): Json => find(synthesize({ tls: Tls.certManager(CertificateIssuer.fromIssuerName('team')) }, undefined, 'shop'), 'Certificate');

test('a Certificate of the library fits what cert-manager defines', () => {
  expect(customViolations(certificate())).toEqual([]);
});

test.each<[string, (manifest: Json) => void]>([
  ['another version', (m) => { m.apiVersion = 'cert-manager.io/v1alpha2'; }],
  ['no issuer', (m) => { delete m.spec.issuerRef; }],
  ['no Secret', (m) => { delete m.spec.secretName; }],
  ['an algorithm that does not exist', (m) => { m.spec.privateKey.algorithm = 'DSA'; }],
  ['a usage that does not exist', (m) => { m.spec.usages = ['serving']; }],
  ['a name that is a number', (m) => { m.spec.dnsNames = [1]; }],
  ['a duration that is a number', (m) => { m.spec.duration = 90; }],
  ['an unknown field', (m) => { m.spec.colour = 'blue'; }],
  ['an unknown field deep down', (m) => { m.spec.privateKey.length = 256; }],
  ['an unknown field of an element', (m) => { m.spec.issuerRef.namespace = 'other'; }],
])('a Certificate with %s is refused', (_, spoil) => {
  const manifest = structuredClone(certificate());
  spoil(manifest);
  expect(customViolations(manifest)).not.toEqual([]);
});
