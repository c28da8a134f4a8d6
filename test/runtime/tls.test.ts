import { serving, servingAgain, sql, start, state } from './fixture';
import { authority, change, encrypted, logIn, secret, serial, serialOf, VERIFY } from './tls-fixture';
import { certificateNames } from '../../src/kubernetes/certificate-names';
import { Authority } from '../support/certificates';
import { Pod, temporaryClaim } from '../support/pod';
import { planOf } from '../support/props';
import { server, serversThatCan } from '../support/servers';

jest.setTimeout(180_000);

const encryptingServers = serversThatCan('openssl');
const names = certificateNames(planOf({}, { namespace: 'shop' }));
const pair = authority.issue({ name: 'orders-db', dnsNames: names });
const reloaded = 'reloaded the configuration';

/** The name under which a wildcard is asked for. */
const asked = (name: string): string => name.replace('*', 'orders-db-0');

async function settled(pod: Pod): Promise<string> {
  await pod.waitForLog(reloaded);
  return sql(pod, 'SELECT pg_postmaster_start_time()');
}

test.each(encryptingServers)('%s is reached with sslmode=verify-full under every name that is told for its certificate, and without TLS not at all', async (postgres) => {
  const pod = await serving(postgres, encrypted({ files: secret(pair) }));
  expect(names).toContain('orders-db.shop.svc');
  expect(names).toContain('*.orders-db-headless.shop.svc.cluster.local');
  for (const name of names) {
    const { stdout, stderr } = await logIn(pod, `host=${asked(name)} ${VERIFY}`);
    expect([name, stdout, stderr]).toEqual([name, 'TLSv1.3\n', '']);
  }
  expect((await logIn(pod, `host=other-db ${VERIFY}`)).stderr).toContain('does not match host name "other-db"');
  expect((await logIn(pod, 'sslmode=disable')).stderr).toContain('no encryption');
  await pod.end();
});

test.each(encryptingServers)('%s takes a renewed certificate over without a restart, and open sessions stay', async (postgres) => {
  const pod = await serving(postgres, encrypted({ files: secret(pair) }));
  const began = await settled(pod);
  expect(await serial(pod)).toBe(serialOf(pair));
  const session = pod.spawn(['psql', '-XAtqw', '-d', `host=orders-db hostaddr=127.0.0.1 user=shop dbname=postgres ${VERIFY}`], { PGPASSWORD: 'shop-secret' });
  const answer = new Promise<string>((resolve) => session.stdout!.once('data', (data: Buffer) => resolve(String(data))));
  const renewed = authority.issue({ name: 'orders-db', dnsNames: names });
  await change(pod, secret(renewed), reloaded);
  await pod.waitFor(async () => await serial(pod) === serialOf(renewed), { what: 'the new certificate' });
  for (const name of names) expect([name, (await logIn(pod, `host=${asked(name)} ${VERIFY}`)).status]).toEqual([name, 0]);
  session.stdin!.end('SELECT 42;\n');
  expect(await answer).toBe('42\n');
  expect(await sql(pod, 'SELECT pg_postmaster_start_time()')).toBe(began);
  await pod.end();
});

test.each(encryptingServers)('%s keeps the certificate that it has when the mounted one cannot be used, names the file, and takes the next good one', async (postgres) => {
  const pod = await serving(postgres, encrypted({ files: secret(pair) }));
  const began = await settled(pod);
  const other = authority.issue({ name: 'orders-db', dnsNames: names });
  for (const [files, sentence] of [
    [{ ...secret(pair), 'tls.key': other.key }, /tls\/tls\.key": key values mismatch; it keeps the one that it has/],
    [{ ...secret(pair), 'tls.crt': 'no certificate' }, /could not load server certificate file "\S*tls\.crt": .*; it keeps/],
    [{ 'tls.crt': pair.certificate }, /the Secret with the certificate is missing or has no key for tls\.key; it keeps/],
    [{}, /the Secret with the certificate is missing or has no key for tls\.crt; it keeps/],
  ] as const) {
    const said = await change(pod, files, 'reloaded the configuration, except the certificate told above');
    expect(said).toMatch(sentence);
    expect(await serial(pod)).toBe(serialOf(pair));
    expect((await logIn(pod, `host=orders-db ${VERIFY}`)).status).toBe(0);
  }
  await change(pod, secret(other), reloaded);
  await pod.waitFor(async () => await serial(pod) === serialOf(other), { what: 'the new certificate' });
  expect(await sql(pod, 'SELECT pg_postmaster_start_time()')).toBe(began);
  await pod.end();
});

test.each(encryptingServers)('%s waits at its start for a certificate that it can use, says which file is wrong, and starts by itself', async (postgres) => {
  const other = authority.issue({ name: 'orders-db', dnsNames: names });
  const pod = await start(postgres, encrypted({ files: {} }));
  const waiting = async (text: string): Promise<void> => {
    const reason = await state(pod, 'waiting', text);
    expect(reason).toMatch(/^tls: .*; see docs\/runbooks\/tls\.md$/);
  };
  await waiting('the Secret with the certificate is missing or has no key for tls.crt');
  for (const [files, text] of [
    [{ ...secret(pair), 'tls.key': other.key }, 'key values mismatch'],
    [{ ...secret(pair), 'tls.crt': '' }, 'could not load server certificate file'],
  ] as const) {
    pod.update('/etc/cdk8s-postgres/tls', files);
    await waiting(text);
  }
  pod.update('/etc/cdk8s-postgres/tls', secret(pair));
  await state(pod, 'running');
  expect((await logIn(pod, `host=orders-db ${VERIFY}`)).stdout).toBe('TLSv1.3\n');
  // told once each, and the container never ended
  expect(pod.logs().match(/waiting: tls: /g)).toHaveLength(3);
  expect(pod.logs()).not.toContain('the server ended unexpectedly');
  await pod.end();
});

test.each(encryptingServers)('%s shows the certificate of the program whatever ALTER SYSTEM says, and starts with it', async (postgres) => {
  const pod = await serving(postgres, encrypted({ files: secret(pair) }));
  await settled(pod);
  for (const setting of ["ssl_cert_file = '/tmp/own.crt'", "ssl_key_file = '/tmp/own.key'", 'ssl = off']) await sql(pod, `ALTER SYSTEM SET ${setting}`);
  const renewed = authority.issue({ name: 'orders-db', dnsNames: names });
  await change(pod, secret(renewed), reloaded);
  await pod.waitFor(async () => await serial(pod) === serialOf(renewed), { what: 'the new certificate' });
  // what the program does not set is not taken from anybody, and told where it keeps the certificate from being used
  await sql(pod, "ALTER SYSTEM SET ssl_crl_file = '/tmp/none.crl'");
  expect(await change(pod, secret(pair), 'except the certificate told above')).toMatch(/none\.crl.*; it keeps the one that it has/);
  await sql(pod, 'ALTER SYSTEM RESET ssl_crl_file');
  await pod.stop();
  await servingAgain(pod);
  expect(await serial(pod)).toBe(serialOf(pair));
  await pod.end();
});

test('a fault elsewhere in the configuration keeps a renewed certificate waiting, which is told once, and lets it in when it goes, whoever mends it', async () => {
  const [postgres] = encryptingServers;
  const pod = await serving(postgres, encrypted({ files: secret(pair) }));
  await settled(pod);
  const auto = `/var/lib/postgresql/${postgres.major}/docker/postgresql.auto.conf`;
  await pod.exec(['bash', '-c', `echo "timezone = 'Mars/Phobos'" >>${auto}`]);
  const renewed = authority.issue({ name: 'orders-db', dnsNames: names });
  const said = await change(pod, secret(renewed), 'a renewed certificate are not taken over either');
  expect(said).toMatch(/is faulty and not loaded, .*postgresql\.auto\.conf line \d+: timezone: /);
  const before = pod.logs().length;
  await new Promise((resolve) => setTimeout(resolve, 6000));
  expect(pod.logs().slice(before)).not.toContain('faulty');
  expect(await serial(pod)).toBe(serialOf(pair));
  await pod.exec(['sed', '-i', '/timezone/d', auto]);
  await pod.waitFor(async () => await serial(pod) === serialOf(renewed), { timeout: 60_000, what: 'the new certificate' });
  await pod.end();
});

test.each(encryptingServers)('%s reads the key where it is mounted: of root and the group, and not when everybody could read it', async (postgres) => {
  const pod = await serving(postgres, encrypted({ files: secret(pair) }));
  const stat = await pod.exec(['stat', '--dereference', '--format', '%a %u:%g', '/etc/cdk8s-postgres/tls/tls.key']);
  expect(stat.stdout).toBe('440 0:999\n');
  expect(await sql(pod, 'SHOW ssl_key_file')).toBe('/etc/cdk8s-postgres/tls/tls.key');
  await pod.end();
  const open = await start(postgres, encrypted({ files: secret(pair), mode: 0o444 }));
  await state(open, 'waiting', /tls\.key" has group or world access/);
  await open.end();
});

test.each(encryptingServers)('%s refuses clients below the minimum version of TLS', async (postgres) => {
  const pod = await serving(postgres, encrypted({ files: secret(pair), settings: "ssl_min_protocol_version = 'TLSv1.3'\n" }));
  const { status, stderr } = await logIn(pod, `host=orders-db ${VERIFY} ssl_max_protocol_version=TLSv1.2`);
  expect([status, stderr]).toEqual([2, expect.stringContaining('protocol version')]);
  expect((await logIn(pod, `host=orders-db ${VERIFY} ssl_min_protocol_version=TLSv1.3`)).stdout).toBe('TLSv1.3\n');
  await pod.end();
});

test.each(encryptingServers.flatMap((postgres) => [[postgres, 'verify-full'], [postgres, 'verify-ca']] as const))(
  '%s asks clients for a certificate beside the password: %s', async (postgres, wanted) => {
    const clients = new Authority('authority for clients');
    const client: Record<string, string> = {};
    for (const [name, holder] of [['shop', clients.issue({ name: 'shop' })], ['other', clients.issue({ name: 'other' })], ['stranger', new Authority().issue({ name: 'shop' })]] as const) {
      Object.assign(client, { [`${name}.crt`]: holder.certificate, [`${name}.key`]: holder.key });
    }
    const files = { ...secret(pair), 'client-ca.crt': clients.certificate };
    const settings = "ssl_ca_file = '/etc/cdk8s-postgres/tls/client-ca.crt'\n";
    const pod = await serving(postgres, encrypted({ files, settings, client, method: `scram-sha-256 clientcert=${wanted}` }));
    const as = async (name: string): Promise<boolean> => (await logIn(pod, `host=orders-db ${VERIFY} sslcert=/client/${name}.crt sslkey=/client/${name}.key`)).status === 0;
    expect(await as('shop')).toBe(true);
    expect(await as('other')).toBe(wanted === 'verify-ca');
    expect(await as('stranger')).toBe(false);
    expect((await logIn(pod, `host=orders-db ${VERIFY}`)).stderr).toContain('requires a valid client certificate');
    const { status } = await pod.exec(['psql', '-XAtw', '-d', `host=orders-db hostaddr=127.0.0.1 user=shop dbname=postgres ${VERIFY} sslcert=/client/shop.crt sslkey=/client/shop.key`, '-c', 'SELECT 1'], { env: { PGPASSWORD: 'wrong' } });
    expect(status).toBe(2);
    await pod.end();
  });

test('a server of an image that was built without TLS waits and says so', async () => {
  const claim = temporaryClaim();
  await (await serving(server(18), { claim })).end();
  const pod = await start(server(18), encrypted({ files: secret(pair), options: { claim } }));
  expect(await state(pod, 'waiting', 'tls: ')).toContain('SSL is not supported by this build');
  await pod.end();
});
