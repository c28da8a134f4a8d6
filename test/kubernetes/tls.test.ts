import { Cron, Duration } from 'cdk8s';
import { Backup, CertificateIssuer, ClientCertificates, Exposure, Tls, TlsMode } from '../../src';
import { certificateNames } from '../../src/kubernetes/certificate-names';
import { find, Json, podTemplate, program, synthesize } from '../support/find';
import { planOf, SomeProps } from '../support/props';

const tls = Tls.fromSecretName('certificate');
const volumeOf = (pod: Json): Json => pod.volumes.find(({ name }: Json) => name === 'tls');
const mountOf = (pod: Json): Json => pod.containers[0].volumeMounts.find(({ name }: Json) => name === 'tls');

test('the server sees the Secret as a folder that changes with it, readable for its group only', () => {
  const { spec } = podTemplate(synthesize({ tls }));
  expect(volumeOf(spec).secret).toEqual({
    secretName: 'certificate',
    optional: true,
    defaultMode: 0o440,
    items: ['tls.crt', 'tls.key', 'ca.crt'].map((key) => ({ key, path: key })),
  });
  expect(mountOf(spec)).toEqual({ name: 'tls', mountPath: '/etc/cdk8s-postgres/tls', readOnly: true });
});

test('the authority for clients is mounted where clients show certificates', () => {
  const keys = { certificate: 'a', privateKey: 'b', authority: 'c', clientAuthority: 'd' };
  const { spec } = podTemplate(synthesize({ tls: Tls.fromSecretName('one', { keys, clientCertificates: ClientCertificates.VERIFIED }) }));
  expect(volumeOf(spec).secret.items.map(({ key, path }: Json) => [key, path])).toEqual([['a', 'tls.crt'], ['b', 'tls.key'], ['c', 'ca.crt'], ['d', 'client-ca.crt']]);
});

test('a backup sees the authority and never the key', () => {
  const { spec } = find(synthesize({ tls, backups: [Backup.logical({ schedule: Cron.daily() })] }), 'CronJob', 'orders-db-backup').spec.jobTemplate.spec.template;
  expect(volumeOf(spec).secret.items).toEqual([{ key: 'ca.crt', path: 'ca.crt' }]);
  expect(mountOf(spec).mountPath).toBe('/etc/cdk8s-postgres/tls');
});

test('without the prop nothing is mounted and no Certificate is there', () => {
  const manifests = synthesize({ backups: [Backup.logical({ schedule: Cron.daily() })] });
  expect(JSON.stringify(manifests.filter(({ kind }) => kind !== 'ConfigMap'))).not.toContain('/tls');
  expect(manifests.map(({ kind }) => kind)).not.toContain('Certificate');
});

test('a Certificate asks the issuer for every name of the server, and its Secret goes with the database', () => {
  const manifests = synthesize({ tls: Tls.certManager(CertificateIssuer.fromClusterIssuerName('company'), { additionalNames: ['db.example.com'] }) }, undefined, 'shop');
  const { metadata, spec } = find(manifests, 'Certificate');
  expect(metadata.name).toBe('orders-db-tls');
  expect(spec).toEqual({
    secretName: 'orders-db-tls',
    secretTemplate: { labels: metadata.labels },
    duration: '2160h',
    renewBefore: '720h',
    privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' },
    usages: ['digital signature', 'key encipherment', 'server auth'],
    dnsNames: [
      'orders-db', 'orders-db.shop', 'orders-db.shop.svc', 'orders-db.shop.svc.cluster.local',
      'orders-db-r', 'orders-db-r.shop', 'orders-db-r.shop.svc', 'orders-db-r.shop.svc.cluster.local',
      'orders-db-headless', 'orders-db-headless.shop', 'orders-db-headless.shop.svc', 'orders-db-headless.shop.svc.cluster.local',
      '*.orders-db-headless', '*.orders-db-headless.shop', '*.orders-db-headless.shop.svc', '*.orders-db-headless.shop.svc.cluster.local',
      'db.example.com',
    ],
    issuerRef: { group: 'cert-manager.io', kind: 'ClusterIssuer', name: 'company' },
  });
  expect(volumeOf(podTemplate(manifests).spec).secret.secretName).toBe('orders-db-tls');
});

test('addresses stand among the addresses of a Certificate, which clients that connect by one look into', () => {
  const additionalNames = ['192.0.2.7', 'db.example.com', 'fd00::1'];
  const { spec } = find(synthesize({ tls: Tls.certManager(CertificateIssuer.fromIssuerName('team'), { additionalNames }) }, undefined, 'shop'), 'Certificate');
  expect(spec.ipAddresses).toEqual(['192.0.2.7', 'fd00::1']);
  expect(spec.dnsNames.slice(-2)).toEqual(['*.orders-db-headless.shop.svc.cluster.local', 'db.example.com']);
});

test('a validity that is a fraction of its unit is what it means', () => {
  const options = { duration: Duration.hours(1.1), renewBefore: Duration.minutes(7.5) };
  const { spec } = find(synthesize({ tls: Tls.certManager(CertificateIssuer.fromIssuerName('team'), options) }, undefined, 'shop'), 'Certificate');
  expect(spec).toMatchObject({ duration: '66m', renewBefore: '450s' });
});

test('the database tells the names before there is a certificate, each once', () => {
  expect(program().db.certificateNames).toEqual(['orders-db', 'orders-db-r', 'orders-db-headless', '*.orders-db-headless']);
  const props: SomeProps = { tls: Tls.fromSecretName('one', { additionalNames: ['orders-db', 'db.example.com'] }) };
  expect(program(props).db.certificateNames).toEqual(['orders-db', 'orders-db-r', 'orders-db-headless', '*.orders-db-headless', 'db.example.com']);
});

test('a Service for clients from outside has names in the cluster too, before those that are added', () => {
  const { db, synth } = program({
    tls: Tls.certManager(CertificateIssuer.fromIssuerName('team'), { additionalNames: ['db.example.com'] }),
    exposure: Exposure.loadBalancer({ sourceRanges: ['203.0.113.0/24'] }),
  }, undefined, 'shop');
  const hosts = ['orders-db-external', 'orders-db-external.shop', 'orders-db-external.shop.svc', 'orders-db-external.shop.svc.cluster.local'];
  expect(db.certificateNames.slice(-5)).toEqual([...hosts, 'db.example.com']);
  expect(find(synth(), 'Certificate').spec.dnsNames).toEqual(db.certificateNames);
});

test('every address that the database tells is one of the names', () => {
  const { db } = program({ instances: 3 }, undefined, 'shop');
  const names = certificateNames(planOf({}, { namespace: 'shop' }));
  expect(names).toContain(db.primaryEndpoint.host);
  expect(names).toContain(db.readEndpoint.host);
  expect(names).toContain(db.instanceEndpoint(0).host.replace(/^orders-db-0/, '*'));
  expect(db.multiHostEndpoint.hosts.filter((host) => !names.includes(host.replace(/^orders-db-\d/, '*')))).toEqual([]);
});

test('over the network only TLS is let in, unless it is optional', () => {
  const access = (mode?: TlsMode): string => find(synthesize({ tls: Tls.fromSecretName('one', { mode }) }), 'ConfigMap', 'orders-db-access').data['pg_hba.conf'];
  expect(access()).toMatch(/^hostssl +all +all +all +scram-sha-256$/m);
  expect(access()).not.toMatch(/^host +\S+ +all +all +scram-sha-256$/m);
  expect(access(TlsMode.OPTIONAL)).toMatch(/^host +all +all +all +scram-sha-256$/m);
});
