import { Testing } from 'cdk8s';
import { sql, state } from './fixture';
import { authority, logIn, secret, serial, serialOf, VERIFY } from './tls-fixture';
import { ClientCertificates, Credentials, Locale, PostgresImage, PostgresStatefulSet, PostgresVersion, Tls, TlsVersion } from '../../src';
import { Authority } from '../support/certificates';
import { Files, Pod, temporaryClaim } from '../support/pod';
import { KubernetesObject, ManifestPod, podFromManifests } from '../support/pod-from-manifests';
import { Server, serversThatCan } from '../support/servers';

jest.setTimeout(120_000);

const clients = new Authority('authority for clients');
const keys = { certificate: 'server.pem', privateKey: 'server.key', authority: 'root.pem', clientAuthority: 'clients.pem' };
const versions: Readonly<Record<number, PostgresVersion>> = { 15: PostgresVersion.V15, 17: PostgresVersion.V17 };

/** The pod that the library synthesizes, with the Secret that it names. */
function synthesize(server: Server, files: Files): ManifestPod {
  const chart = Testing.chart();
  new PostgresStatefulSet(chart, 'orders-db', {
    version: versions[server.major],
    image: PostgresImage.custom({ image: 'registry.example.com/postgres:1' }),
    database: 'shop',
    credentials: Credentials.unsafePlainText({ password: 'shop-secret' }),
    tls: Tls.fromSecretName('certificate', { keys, minimumVersion: TlsVersion.V1_3, clientCertificates: ClientCertificates.VERIFIED }),
    initdb: server.can.builtinLocale || server.can.icu ? undefined : { locale: Locale.libc('C.UTF-8') },
  });
  const certificate = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'certificate' }, stringData: files };
  const manifests = [...Testing.synth(chart), certificate] as KubernetesObject[];
  const description = podFromManifests(manifests, { server, claims: { data: temporaryClaim() } });
  return { ...description, mounts: [...description.mounts ?? [], { path: '/client', kind: 'files', files: { 'ca.crt': authority.certificate } }] };
}

test.each(serversThatCan('openssl'))('what the library synthesizes for TLS runs on %s, with keys of other names', async (server) => {
  const pair = authority.issue({ name: 'orders-db', dnsNames: ['orders-db'] });
  const { 'tls.crt': certificate, 'tls.key': key, 'ca.crt': root } = secret(pair);
  const pod = await Pod.start(synthesize(server, { 'server.pem': certificate, 'server.key': key, 'root.pem': root, 'clients.pem': clients.certificate }));
  await state(pod, 'running');
  await pod.waitForLog('reloaded the configuration');
  expect((await logIn(pod, `host=orders-db dbname=shop ${VERIFY}`)).stdout).toBe('TLSv1.3\n');
  expect(await serial(pod)).toBe(serialOf(pair));
  expect(await sql(pod, 'SELECT count(*) FROM pg_hba_file_rules WHERE error IS NOT NULL')).toBe('0');
  expect(await sql(pod, "SELECT type, options FROM pg_hba_file_rules WHERE user_name = '{all}' AND address = 'all' AND type = 'hostssl'"))
    .toBe('hostssl|{clientcert=verify-full}');
  expect(await sql(pod, "SELECT string_agg(setting, ' ' ORDER BY name) FROM pg_settings WHERE name IN ('ssl', 'ssl_ca_file', 'ssl_min_protocol_version')"))
    .toBe('on /etc/cdk8s-postgres/tls/client-ca.crt TLSv1.3');
  expect(pod.logs()).not.toMatch(/ERROR|FATAL: {2}(?!terminating connection due to administrator command)|WARNING/);
  await pod.end();
});
