import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cron } from 'cdk8s';
import fc from 'fast-check';
import { describePod, OWNER_PASSWORD, Program } from './declared-fixture';
import { configuration, sql, state } from './fixture';
import { Backup, ClientCertificates, HbaMethod, HbaRule, RolePassword, Tls, TlsMode } from '../../src';
import { accessOf } from '../../src/plan/access';
import { AccessLine, accessLines, Attempt, wouldMatch } from '../../src/postgres/access-lines';
import { hostBasedAccess } from '../../src/postgres/host-based-access';
import { Authority } from '../support/certificates';
import { additionsOf } from '../support/declared';
import { Pod } from '../support/pod';
import { planOf, SomeProps } from '../support/props';
import { server, servers, serversThatCan } from '../support/servers';

jest.setTimeout(240_000);

const CLIENT = readFileSync(join(__dirname, 'access-client.py'), 'utf8');
const DATABASES = ['app', 'a "b"', 'replication'];
const ROLES = ['app', 'clerk', 'staff', 'stranger', 'postgres', 'backup', 'restore', 'replicator', 'all'];
const MEMBERSHIPS: Readonly<Record<string, string[]>> = { clerk: ['staff'] };
const ADDRESSES = ['127.0.0.1', '127.0.0.2', '127.1.2.3', '127.200.0.1', '::1'];

const declared = { databases: { 'a "b"': {} }, roles: { staff: { login: false }, clerk: { memberOf: ['staff'] }, all: {} } };
const authority = new Authority();
const pair = authority.issue({ name: 'orders-db' });
const secrets = { certificate: { 'tls.crt': pair.certificate, 'tls.key': pair.key, 'ca.crt': authority.certificate } };
const base: SomeProps = { backups: [Backup.logical({ schedule: Cron.daily() })] };

const subset = (all: string[]): fc.Arbitrary<string[] | undefined> => fc.option(
  fc.uniqueArray(fc.constantFrom(...all), { minLength: 1, maxLength: 2 }), { nil: undefined });
const rule = (factories: readonly ((options: object) => HbaRule)[]): fc.Arbitrary<HbaRule> => fc.record({
  make: fc.constantFrom(...factories),
  databases: subset(DATABASES),
  roles: subset(['app', 'clerk', 'all', 'stranger']),
  membersOf: fc.option(fc.constant(['staff']), { nil: undefined, freq: 2 }),
  addresses: subset(['127.0.0.0/8', '127.1.0.0/16', '127.200.0.1', '127.0.0.2/31', '::/0', '0.0.0.0/0', '10.0.0.0/8']),
  method: fc.constantFrom(HbaMethod.SCRAM_SHA_256, HbaMethod.REJECT),
}).map(({ make, ...options }) => make(options));
const withTls = [HbaRule.host, HbaRule.hostssl, HbaRule.hostnossl];
const rulesOf = (factories: readonly ((options: object) => HbaRule)[], count: number): HbaRule[][] =>
  fc.sample(fc.array(rule(factories), { minLength: 1, maxLength: 6 }), { numRuns: count, seed: 20260101 });

function attempts(transports: readonly Attempt['transport'][]): Attempt[] {
  return transports.flatMap((transport) => ADDRESSES.flatMap((address) => ROLES.flatMap((role) => [
    ...[...DATABASES, ...role === 'replicator' ? ['postgres'] : []].map((database) => ({ transport, replication: false, database, role, memberOf: MEMBERSHIPS[role] ?? [], address })),
    { transport, replication: true, database: '', role, memberOf: MEMBERSHIPS[role] ?? [], address },
  ])));
}

function linesOf(props: SomeProps): AccessLine[] {
  return accessLines(accessOf(planOf({ ...base, ...props }, { additions: additionsOf(declared) })));
}

async function ask(pod: Pod, all: readonly Attempt[]): Promise<string[]> {
  const { status, stdout, stderr } = await pod.exec(['python3', '-c', CLIENT], { input: JSON.stringify(all), env: { PATH: '/usr/bin:/bin' } });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim().split('\n');
}

/** The server has read the rules of the program, and has nothing against any of them. */
async function load(pod: Pod, props: SomeProps): Promise<void> {
  const ident = await pod.exec(['cat', `${configuration}/access/pg_ident.conf`]);
  const request = accessOf(planOf({ ...base, ...props }, { additions: additionsOf(declared) }));
  const before = await sql(pod, 'SELECT pg_conf_load_time()');
  pod.update(`${configuration}/access`, { 'pg_hba.conf': hostBasedAccess(request), 'pg_ident.conf': ident.stdout });
  await sql(pod, 'SELECT pg_reload_conf()');
  await pod.waitFor(async () => await sql(pod, 'SELECT pg_conf_load_time()') !== before, { what: 'the reload' });
  expect(await sql(pod, 'SELECT line_number, error FROM pg_hba_file_rules WHERE error IS NOT NULL')).toBe('');
}

async function compare(pod: Pod, props: SomeProps, transports: readonly Attempt['transport'][]): Promise<void> {
  const lines = linesOf(props);
  // the server reads every name and address as it was meant
  const read = await sql(pod, 'SELECT type, array_to_json(database), array_to_json(user_name), auth_method FROM pg_hba_file_rules ORDER BY line_number');
  expect(read.split('\n').map((line) => line.split('|')).map(([type, databases, users, method]) => [type, JSON.parse(databases), JSON.parse(users), method])).toEqual(
    lines.map((line) => [
      line.type,
      line.replication ? ['replication'] : line.databases.length === 0 ? ['all'] : line.databases,
      line.roles.length + line.groups.length === 0 ? ['all'] : [...line.roles, ...line.groups.map((group) => `+${group}`)],
      line.method.split(' ')[0],
    ]));
  const all = attempts(transports);
  const expected = all.map((attempt) => wouldMatch(lines, attempt)?.method.split(' ')[0] ?? 'nobody');
  const found = await ask(pod, all);
  const wrong = all.map((attempt, index) => ({ attempt, expected: expected[index], found: found[index] }))
    .filter((one) => one.found !== one.expected);
  expect(wrong).toEqual([]);
}

test.each(servers)('%s decides about every connection as the simulator says, for many sets of rules', async (postgres) => {
  const pod = await Pod.start(describePod(postgres, { props: base, declared }));
  await state(pod, 'running');
  await pod.waitForLog('reloaded the configuration');
  await compare(pod, {}, ['plain']);
  for (const hbaRules of rulesOf([HbaRule.host, HbaRule.hostnossl], postgres === server(17) ? 10 : 4)) {
    await load(pod, { hbaRules });
    await compare(pod, { hbaRules }, ['plain']);
  }
  await pod.end();
});

test.each(serversThatCan('openssl').flatMap((postgres) => [TlsMode.REQUIRED, TlsMode.OPTIONAL].map((mode) => [postgres, mode] as const)))(
  '%s with TLS %s decides about every connection as the simulator says', async (postgres, mode) => {
    const props: SomeProps = { ...base, tls: Tls.fromSecretName('certificate', { mode }) };
    const pod = await Pod.start(describePod(postgres, { props, declared, secrets }));
    await state(pod, 'running');
    await pod.waitForLog('reloaded the configuration');
    await compare(pod, props, ['plain', 'tls']);
    for (const hbaRules of rulesOf(withTls, 3)) {
      await load(pod, { ...props, hbaRules });
      await compare(pod, { ...props, hbaRules }, ['plain', 'tls']);
    }
    await pod.end();
  });

test.each(serversThatCan('openssl'))('%s asks clients for a certificate over the network, and nobody inside the pod', async (postgres) => {
  const props: SomeProps = { ...base, tls: Tls.fromSecretName('certificate', { clientCertificates: ClientCertificates.VERIFIED }) };
  const pod = await Pod.start(describePod(postgres, { props, declared, secrets }));
  await state(pod, 'running');
  const from = async (address: string): Promise<string> => (await ask(pod, [{ ...attempts(['tls'])[0], role: 'clerk', address }]))[0];
  expect(await from('127.0.0.1')).toBe('scram-sha-256');
  expect(await from('127.0.0.2')).toContain('valid client certificate');
  await pod.end();
});

test('real logins of roles inside the pod, the superuser too', async () => {
  const postgres = server(17);
  const program: Program = {
    props: { hbaRules: [HbaRule.host({ roles: ['app', 'postgres'], method: HbaMethod.REJECT })] }, declared: { roles: { clerk: { password: RolePassword.unsafePlainText('clerk-secret') } } },
  };
  const pod = await Pod.start(describePod(postgres, program));
  await state(pod, 'running');
  await sql(pod, "ALTER ROLE postgres PASSWORD 'super-secret'");
  const logIn = async (role: string, password: string, host: string): Promise<string> => (await pod.exec(
    ['psql', '-XAtw', '-h', host, '-U', role, '-d', 'app', '-c', 'SELECT current_user'], { env: { PGPASSWORD: password } })).stdout.trim();
  expect(await logIn('postgres', 'super-secret', '127.0.0.1')).toBe('postgres');
  expect(await logIn('app', OWNER_PASSWORD, '127.0.0.1')).toBe('app');
  expect(await logIn('clerk', 'clerk-secret', '127.0.0.1')).toBe('clerk');
  expect(await logIn('clerk', 'wrong', '127.0.0.1')).toBe('');
});
