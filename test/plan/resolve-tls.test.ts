import { Duration } from 'cdk8s';
import { CertificateIssuer, ClientCertificates, PostgresStatefulSetProps, PostgresVersion, Tls, TlsMode, TlsVersion } from '../../src';
import { PATHS } from '../../src/kubernetes/paths';
import type { Setting } from '../../src/plan/plan';
import { allProps, planOf } from '../support/props';

const settingsOf = (props: Partial<PostgresStatefulSetProps>): Record<string, Setting> =>
  Object.fromEntries(planOf(props).settings.filter(({ name }) => name.startsWith('ssl')).map((setting) => [setting.name, setting]));

test('without the prop nothing is encrypted', () => {
  expect(planOf().tls).toEqual([]);
  expect(settingsOf({})).toEqual({});
});

test('a Secret is taken with the keys that cert-manager writes; TLS 1.2 and a password are asked for', () => {
  expect(planOf({ tls: Tls.fromSecretName('one') }).tls).toEqual([{
    secretName: 'one',
    keys: { 'tls.crt': 'tls.crt', 'tls.key': 'tls.key', 'ca.crt': 'ca.crt', 'client-ca.crt': 'ca.crt' },
    mode: 'required',
    minimumVersion: 'TLSv1.2',
    clientCertificates: 'none',
    additionalNames: [],
    certificates: [],
  }]);
});

test('every option arrives', () => {
  expect(planOf(allProps).tls).toEqual([{
    secretName: 'ledger-certificate',
    keys: { 'tls.crt': 'server.pem', 'tls.key': 'server.key', 'ca.crt': 'root.pem', 'client-ca.crt': 'clients.pem' },
    mode: TlsMode.REQUIRED,
    minimumVersion: TlsVersion.V1_3,
    clientCertificates: ClientCertificates.VERIFIED,
    additionalNames: ['ledger.example.com', '*.ledger.example.com'],
    certificates: [],
  }]);
});

test('the authority for clients follows the authority', () => {
  expect(planOf({ tls: Tls.fromSecretName('one', { keys: { authority: 'root.pem' } }) }).tls[0].keys['client-ca.crt']).toBe('root.pem');
});

test('a certificate of cert-manager is valid for 90 days and renewed after 60', () => {
  const [tls] = planOf({ tls: Tls.certManager(CertificateIssuer.fromClusterIssuerName('company')) }).tls;
  expect(tls.secretName).toBe('orders-db-tls');
  expect(tls.certificates).toEqual([{
    issuer: { group: 'cert-manager.io', kind: 'ClusterIssuer', name: 'company' }, seconds: 90 * 86400, renewBeforeSeconds: 30 * 86400,
  }]);
  const [hours] = planOf({ tls: Tls.certManager(CertificateIssuer.fromIssuerName('a'), { duration: Duration.hours(24), renewBefore: Duration.hours(2) }) }).tls;
  expect(hours.certificates).toEqual([{ issuer: { group: 'cert-manager.io', kind: 'Issuer', name: 'a' }, seconds: 86400, renewBeforeSeconds: 7200 }]);
});

test.each([PostgresVersion.V15, PostgresVersion.V18])('what names a mounted file changes with the pod of $version, the minimum version is reloaded', (version) => {
  const settings = settingsOf({ version, tls: Tls.fromSecretName('one', { clientCertificates: ClientCertificates.VERIFIED_AUTHORITY }) });
  expect(Object.entries(settings).map(([name, { value, needs }]) => [name, value, needs])).toEqual([
    ['ssl', 'on', 'restart'],
    ['ssl_ca_file', `${PATHS.tls}/client-ca.crt`, 'restart'],
    ['ssl_cert_file', `${PATHS.tls}/tls.crt`, 'restart'],
    ['ssl_key_file', `${PATHS.tls}/tls.key`, 'restart'],
    ['ssl_min_protocol_version', 'TLSv1.2', 'reload'],
  ]);
  expect(Object.values(settings).every(({ origin }) => origin === 'required')).toBe(true);
});

test('without certificates of clients the server needs no authority', () => {
  expect(settingsOf({ tls: Tls.fromSecretName('one') })).not.toHaveProperty('ssl_ca_file');
});
