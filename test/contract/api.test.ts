import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as cdk8s from 'cdk8s';
import * as library from '../../src';
import { Backup, Cpu, Credentials, ImageVariant, PostgresImage, PostgresVersion, Storage, StorageAccessMode } from '../../src';
import { resolveImported } from '../../src/plan/resolve';
import { connectionFacts, resolveConnection } from '../../src/plan/resolve-connection';
import * as check from '../support/api';
import { additionsOf } from '../support/declared';
import type { Json } from '../support/find';
import { planOf } from '../support/props';

const ROOT = join(__dirname, '../..');
const assembly: Json = JSON.parse(readFileSync(join(ROOT, '.jsii'), 'utf8'));
const dictionary = new Set(readFileSync(join(__dirname, 'words.txt'), 'utf8').split('\n').filter((line) => line !== '' && !line.startsWith('#')));

test('the assembly is that of the sources: run `npm run compile` where it is not', () => {
  expect(Object.values<Json>(assembly.types).map(({ name }) => name).filter((name) => assembly.types[`cdk8s-postgres.${name}`].kind !== 'interface').sort())
    .toEqual(Object.keys(library).sort());
});

test('everything public is documented', () => {
  expect(check.undocumented(assembly)).toEqual([]);
});

test('every optional prop says what happens without it', () => {
  expect(check.withoutDefault(assembly)).toEqual([]);
});

test('no type is a union or anything at all', () => {
  expect(check.vague(assembly)).toEqual([]);
});

test('quantities have their own types', () => {
  expect(check.bareNumbers(assembly)).toEqual([]);
});

test('no name is reserved in Python, Java, Go or C#', () => {
  expect(check.reservedWords(assembly)).toEqual([]);
});

test('names are made of words', () => {
  expect(check.misspelt(assembly, dictionary)).toEqual([]);
});

test('the dictionary has no word that nothing uses', () => {
  const used = new Set(check.entriesOf(assembly).flatMap(({ name }) => check.wordsOf(name)));
  expect([...dictionary].filter((word) => !used.has(word))).toEqual([]);
});

test('props are structs: readonly, without methods', () => {
  const structs = Object.values<Json>(assembly.types).filter(({ kind, name }) => kind === 'interface' && !/^I[A-Z]/.test(name));
  const mutable = structs.filter(({ datatype, properties = [] }) => !datatype || properties.some(({ immutable }: Json) => !immutable));
  expect(mutable.map(({ name }) => name)).toEqual([]);
});

test('every member rests on a page of a manual or on a class that does', () => {
  const classes = ['PostgresVersion', 'ImageVariant', 'Credentials', 'Rollout', 'StorageAccessMode', 'ClaimRetention', 'Cpu', 'Locale', 'Toleration', 'ExtraVolume', 'Backup'];
  expect(classes.filter((name) => !/^https:\/\/(www\.postgresql\.org|kubernetes\.io|github\.com)\//.test(assembly.types[`cdk8s-postgres.${name}`].docs.see ?? ''))).toEqual([]);
});

const [backup] = planOf({ backups: [Backup.logical({ schedule: cdk8s.Cron.daily() })] }).backups;
const plan = planOf();
const sidecar = planOf({ sidecars: [{ name: 'one', image: 'a:1', volumeMounts: [] }] }).sidecars[0];
const [mount] = planOf({ volumeMounts: [{ volume: library.ExtraVolume.fromClaim('a', 'a'), path: '/a' }] }).mounts;
const [tls] = planOf({ tls: library.Tls.fromSecretName('a') }).tls;
const [requested] = planOf({ tls: library.Tls.certManager(library.CertificateIssuer.fromIssuerName('a')) }).tls;
const [exposure] = planOf({ exposure: library.Exposure.loadBalancer() }).exposure;
const connection = resolveConnection(connectionFacts(plan, new library.Endpoint('a', 5432, 'a', 'a')), {});
const encrypted = resolveConnection(
  connectionFacts(planOf({ tls: library.Tls.fromSecretName('own-tls') }), new library.Endpoint('a', 5432, 'a', 'a')), {},
);
const [external] = planOf({
  credentials: Credentials.externalSecret({ store: library.ExternalSecretStore.fromSecretStoreName('a'), password: { key: 'a' } }),
}).credentials.external;
const persistent = planOf({ storage: Storage.persistent(cdk8s.Size.gibibytes(1)) });

const hbaRule = planOf({ hbaRules: [library.HbaRule.host()] }).hbaRules[0];
const declared = planOf({}, {
  additions: additionsOf({ databases: { a: {} }, roles: { b: { bindingSecret: {}, privileges: [library.Privilege.readOnly()] } } }),
});
const [role] = declared.applicationRoles;

/** Documented default → what a plan resolves without the prop, in the form of the documentation's value. */
const RESOLVED: Readonly<Record<string, unknown>> = {
  'PostgresStatefulSetProps.database': plan.database,
  'PostgresStatefulSetProps.emptyVolume': plan.emptyVolume,
  'PostgresStatefulSetProps.rollout': plan.update,
  'PostgresStatefulSetProps.podManagement': plan.podManagement,
  'PostgresStatefulSetProps.instances': plan.instances,
  'PostgresStatefulSetProps.primaryOrdinal': plan.primaryOrdinal,
  'PostgresStatefulSetProps.replication': plan.replication,
  'ReplicationOptions.onDivergence': plan.replication.onDivergence,
  'ReplicationOptions.switchoverLag': plan.replication.switchoverLagMilliseconds / 1000,
  'ReplicationOptions.switchoverDelay': plan.replication.switchoverDelaySeconds,
  'SynchronousReplicationOptions.quorum': planOf({ replication: library.Replication.synchronous() }).replication.quorum,
  'Scheduling.spread': plan.scheduling.spread,
  'PostgresAttributes.instances': resolveImported({ name: 'a' }).instances,
  'PostgresStatefulSetProps.terminationGracePeriod': plan.stop.graceSeconds,
  'PostgresAttributes.database': resolveImported({ name: 'a' }).database,
  'PostgresAttributes.port': resolveImported({ name: 'a' }).port,
  'PostgresAttributes.usernameKey': resolveImported({ name: 'a' }).usernameKey,
  'PostgresAttributes.passwordKey': resolveImported({ name: 'a' }).passwordKey,
  'OfficialImageOptions.variant': plan.image.reference,
  'CustomImageOptions.runAsUser': planOf({ image: PostgresImage.custom({ image: 'a:1' }) }).image.runAsUser,
  'CredentialsKeys.username': plan.credentials.keys.username,
  'CredentialsKeys.password': plan.credentials.keys.password,
  'CredentialsKeys.superuserPassword': plan.credentials.keys['superuser-password'],
  'CredentialsKeys.replicationPassword': plan.credentials.keys['replication-password'],
  'CredentialsKeys.backupPassword': plan.credentials.keys['backup-password'],
  'CredentialsKeys.restorePassword': plan.credentials.keys['restore-password'],
  'ExternalSecretOptions.refreshInterval': external.refreshSeconds,
  'PersistentStorageOptions.accessMode': (persistent.data as { accessMode?: string }).accessMode,
  'PersistentStorageOptions.whenDeleted': persistent.claimRetention.whenDeleted,
  'PersistentStorageOptions.whenScaled': persistent.claimRetention.whenScaled,
  'BackupVolumeOptions.accessMode': (backup.claim as { accessMode?: string }).accessMode,
  'PostgresResources.cpu': plan.resources.cpu,
  'PostgresResources.memory': plan.resources.memory.text,
  'InitdbOptions.walSegmentSize': plan.initdb.walSegmentMebibytes,
  'BackupRetention.keepLast': backup.retention.keepLast,
  'BackupRetention.daily': backup.retention.daily,
  'BackupRetention.weekly': backup.retention.weekly,
  'BackupRetention.monthly': backup.retention.monthly,
  'BackupRetention.minimum': backup.retention.minimum,
  'LogicalBackupOptions.id': backup.id,
  'LogicalBackupOptions.timeZone': backup.timeZone,
  'LogicalBackupOptions.parallelJobs': backup.parallelJobs,
  'LogicalBackupOptions.deadline': backup.deadlineSeconds,
  'LogicalBackupOptions.startingDeadline': backup.startingDeadlineSeconds,
  'LogicalBackupOptions.suspended': backup.suspended,
  'TlsOptions.mode': tls.mode,
  'TlsOptions.minimumVersion': tls.minimumVersion,
  'TlsOptions.clientCertificates': tls.clientCertificates,
  'TlsKeys.certificate': tls.keys['tls.crt'],
  'TlsKeys.privateKey': tls.keys['tls.key'],
  'TlsKeys.authority': tls.keys['ca.crt'],
  'CertManagerOptions.duration': requested.certificates[0].seconds,
  'ExtraVolumeMount.readOnly': mount.readOnly,
  'Sidecar.mountSocket': sidecar.mountSocket,
  'HbaRuleOptions.method': hbaRule.method,
  'RoleOptions.login': role.login,
  'PrivilegeScope.schema': role.privileges[0].schema,
  'PostgresStatefulSetProps.networkAccess': plan.network.access,
  'PostgresStatefulSetProps.podSecurity': plan.platform.assignsUser,
  'PostgresStatefulSetProps.imagePullPolicy': plan.platform.imagePullPolicy,
  'ExposureOptions.trafficPolicy': exposure.trafficPolicy,
  'ExposureOptions.acknowledgePlainText': exposure.acknowledged.plainText,
  'ExposureOptions.acknowledgeAnySource': exposure.acknowledged.anySource,
  'LoadBalancerOptions.port': exposure.port,
  'ConnectOptions.form': connection.form,
  'ConnectOptions.bindingRoot': connection.bindingRoot,
};

/** The documented text as the plan would hold it. */
function asResolved(text: string): unknown {
  const scope = { ...cdk8s, ...library };
  const value = new Function(...Object.keys(scope), `return ${text}`)(...Object.values(scope)) as unknown;
  if (value instanceof cdk8s.Duration) return value.toSeconds();
  if (value instanceof Cpu) return value.asString();
  if (value instanceof library.NetworkAccess) return planOf({ networkAccess: value }).network.access;
  if (value instanceof library.PodSecurity) return planOf({ podSecurity: value }).platform.assignsUser;
  if (value instanceof library.Replication) return planOf({ replication: value }).replication;
  if (value instanceof library.Spread) return planOf({ scheduling: { spread: value } }).scheduling.spread;
  if (value instanceof library.Rollout) return planOf({ rollout: value }).update;
  if (value instanceof ImageVariant) return planOf({ image: PostgresImage.official({ variant: value }) }).image.reference;
  if (value instanceof cdk8s.Size) return text === documented['InitdbOptions.walSegmentSize'] ? value.toMebibytes() : value.asString();
  return value;
}

const documented = check.literalDefaults(assembly);

test.each(Object.keys(documented))('the documented default of %s is what a plan resolves', (path) => {
  expect(RESOLVED).toHaveProperty([path]);
  expect(asResolved(documented[path])).toEqual(RESOLVED[path]);
});

test('no default is compared that is no longer documented', () => {
  expect(Object.keys(RESOLVED).filter((path) => !(path in documented))).toEqual([]);
});

/** Documented sentences whose numbers and names a plan must hold. */
const SENTENCES: [string, RegExp, () => unknown, unknown][] = [
  ['PostgresStatefulSetProps.resources', /^- 250m of CPU without a limit, 1Gi of memory$/,
    () => [plan.resources.cpu, plan.resources.cpuLimits, plan.resources.memory.text, plan.resources.memoryLimit.text], ['250m', [], '1Gi', '1Gi']],
  ['LogicalBackupOptions.resources', /^- 250m of CPU without a limit, 256Mi of memory$/,
    () => [backup.resources.cpu, backup.resources.cpuLimits, backup.resources.memory.text], ['250m', [], '256Mi']],
  ['Sidecar.resources', /^- 50m of CPU without a limit, 64Mi of memory$/,
    () => [sidecar.resources.cpu, sidecar.resources.cpuLimits, sidecar.resources.memory.text], ['50m', [], '64Mi']],
  ['PostgresStatefulSetProps.storage', /^- a claim of 10 GiB of the cluster's default StorageClass, which is kept/,
    () => [plan.data, plan.claimRetention.whenDeleted], [expect.objectContaining({ size: { text: '10Gi', mebibytes: 10240 }, storageClasses: [] }), 'Retain']],
  ['PostgresStatefulSetProps.image', /`postgres:<version>-trixie`/, () => plan.image.reference, `postgres:${PostgresVersion.V18.version}-trixie`],
  ['PostgresStatefulSetProps.credentials', /`<name>-credentials`/, () => plan.credentials.secretName, 'orders-db-credentials'],
  ['PostgresStatefulSetProps.ipFamilyPolicy', /^- with two `ipFamilies` `IpFamilyPolicy.PREFER_DUAL_STACK`/,
    () => planOf({ ipFamilies: [library.IpFamily.IPV6, library.IpFamily.IPV4] }).platform.ipFamilyPolicies, ['PreferDualStack']],
  ['ConnectOptions.authoritySecretName', /^- the Secret of the prop `tls` where the database is in the same namespace/,
    () => encrypted.authorities, [{ secretName: 'own-tls', key: 'ca.crt', optional: true }]],
  ['PostgresStatefulSetProps.tls', /^- connections are not encrypted$/, () => plan.tls, []],
  ['TlsSecretOptions.keys', /`tls.crt`, `tls.key` and `ca.crt`$/, () => Object.values(tls.keys).slice(0, 3), ['tls.crt', 'tls.key', 'ca.crt']],
  ['TlsKeys.clientAuthority', /^- the same as `authority`$/, () => tls.keys['client-ca.crt'], tls.keys['ca.crt']],
  ['CertManagerOptions.renewBefore', /^- a third of `duration`$/, () => requested.certificates[0].renewBeforeSeconds * 3, requested.certificates[0].seconds],
  ['PostgresStatefulSetProps.owner', /the same as `database`/, () => planOf({ database: 'x' }).owner, 'x'],
  ['DatabaseOptions.owner', /^- the owner of the first database$/, () => declared.databases[1].owner, declared.owner],
  ['HbaRuleOptions.databases', /^- every database$/, () => hbaRule.databases, []],
  ['HbaRuleOptions.roles', /^- every role, or only `membersOf`$/, () => hbaRule.roles, []],
  ['HbaRuleOptions.membersOf', /^- every role, or only `roles`$/, () => hbaRule.groups, []],
  ['HbaRuleOptions.addresses', /^- every address$/, () => hbaRule.addresses, []],
  ['BindingSecretOptions.name', /^- `<name>-<role>`$/, () => role.bindings[0].secretName, 'orders-db-b'],
  ['BindingSecretOptions.database', /^- the first database$/, () => role.bindings[0].database, 'app'],
  ['PrivilegeScope.database', /^- the first database$/, () => role.privileges[0].database, 'app'],
  ['PostgresStatefulSetProps.name', /the construct id/, () => plan.name, 'orders-db'],
  ['PostgresStatefulSetProps.initdb', /16 MiB files/, () => plan.initdb.walSegmentMebibytes, 16],
  ['InitdbOptions.locale', /`Locale.builtin\('C.UTF-8'\)` from PostgreSQL 17, `Locale.icu\('und'\)` before/,
    () => [PostgresVersion.V15, PostgresVersion.V16, PostgresVersion.V17, PostgresVersion.V18]
      .map((version) => Object.values(planOf({ version }).initdb).slice(0, 2)),
    [['icu', 'und'], ['icu', 'und'], ['builtin', 'C.UTF-8'], ['builtin', 'C.UTF-8']]],
  ['LogicalBackupOptions.retention', /last 3, and the newest of 7 days, 4 weeks and 6 months/, () => Object.values(backup.retention), [3, 7, 4, 6, 3]],
  ['LogicalBackupOptions.target', /as large as the data volume/, () => (backup.claim as Json).size.text, '10Gi'],
  ['LogicalBackupOptions.target', /; 10 GiB where the data is ephemeral$/,
    () => (planOf({ storage: Storage.ephemeral(), backups: [Backup.logical({ schedule: cdk8s.Cron.daily() })] }).backups[0].claim as Json).size.text, '10Gi'],
  ['ReplicationOptions.slotLimit', /^- half of the volume where .* has one of its own, else a quarter; less where `max_wal_size` leaves less$/,
    () => [
      {}, ...[40, 10].map((amount) => ({ walStorage: Storage.persistent(cdk8s.Size.gibibytes(amount)) })),
      { parameters: { max_wal_size: '5632MB' } },
    ].map((props) => planOf(props).replication.slotLimitMebibytes), [2560, 20480, 4096, 2048]],
  ['ReplicationOptions.maximumLag', /^- 64 MiB, less where `slotLimit` is less, and never less than one file of the write-ahead log$/,
    () => [[16, 64], [256, 512], [16, 32], [16, 1024]].map(([size, limit]) => planOf({
      initdb: { walSegmentSize: cdk8s.Size.mebibytes(size) },
      replication: library.Replication.asynchronous({ slotLimit: cdk8s.Size.mebibytes(limit) }),
    }).replication.maximumLagMebibytes), [64, 256, 32, 64]],
  ['PostgresAttributes.secretName', /`<name>-credentials`/, () => resolveImported({ name: 'a' }).secretName, 'a-credentials'],
  ['PostgresAttributes.owner', /the same as `database`/, () => resolveImported({ name: 'a', database: 'b' }).owner, 'b'],
  ['PostgresResources.memoryLimit', /the same as `memory`/, () => planOf({ resources: { memory: cdk8s.Size.gibibytes(3) } }).resources.memoryLimit.text, '3Gi'],
  ['CustomImageOptions.runAsGroup', /the same number as `runAsUser`/, () => planOf({ image: PostgresImage.custom({ image: 'a:1', runAsUser: 7 }) }).image.runAsGroup, 7],
  ['ConnectOptions.user', /the owner of the first database/, () => connection.user, 'app'],
  ['ConnectOptions.database', /the first database/, () => connection.database, 'app'],
  ['ConnectOptions.secretName', /the Secret of the database/, () => connection.secretName, 'orders-db-credentials'],
  ['ConnectOptions.passwordKey', /the key of the role's password/, () => connection.passwordKey, 'password'],
  ['ConnectOptions.clientPolicy', /true, unless/, () => connection.clientPolicy, true],
  ['CredentialsVariables.superuserPassword', /has no password/,
    () => planOf({ credentials: Credentials.unsafeFromEnvironment({ password: 'A' }) }, { environment: { A: 'x' } }).credentials.values, { username: 'app', password: 'x' }],
];

test.each(SENTENCES)('what the default of %s says is what a plan resolves', (path, sentence, resolve, expected) => {
  expect(check.entriesOf(assembly).find((entry) => entry.path === path)?.docs.default).toMatch(sentence);
  expect(resolve()).toEqual(expected);
});

test('every other sentence says that nothing is asked for', () => {
  const told = check.entriesOf(assembly).filter(({ kind, docs }) => kind === 'property' && docs.default?.startsWith('- ')).map(({ path }) => path);
  const undecided = told.filter((path) => !SENTENCES.some(([known]) => known === path));
  const nothing = /^- (none|nobody can log in as that role|the whole secret|the newest one|any node|on any node|every effect|for ever|no limit|the tag decides|all guards are closed|the (whole volume|image's|user of the server|cluster's default|container runtime's|client's own)|only the recommended labels|sizes that follow|a new volume is empty|the write-ahead log is on the data volume|a ServiceAccount of its own|the (superuser|role) has no password|the server's$|all that the workload has|only those of the database|the namespace of the database|a free one|they do not$)/;
  expect(undecided.filter((path) => !nothing.test(check.entriesOf(assembly).find((entry) => entry.path === path)!.docs.default))).toEqual([]);
});

describe('each check can fail', () => {
  const doctored = (change: (props: Json, properties: Json[]) => void): Json => {
    const copy = structuredClone(assembly);
    const props = copy.types['cdk8s-postgres.PostgresStatefulSetProps'];
    change(props, props.properties);
    return copy;
  };
  const add = (property: object): Json => doctored((_, properties) => properties.push({ docs: { summary: 'x', default: '- x' }, optional: true, type: { primitive: 'string' }, ...property }));

  test.each([
    ['a prop without documentation', check.undocumented, add({ name: 'owner', docs: {} })],
    ['an optional prop without a default', check.withoutDefault, add({ name: 'owner', docs: { summary: 'x' } })],
    ['a union', check.vague, add({ name: 'owner', type: { union: { types: [] } } })],
    ['anything', check.vague, add({ name: 'owner', type: { primitive: 'any' } })],
    ['a list of anything', check.vague, add({ name: 'owner', type: { collection: { elementtype: { primitive: 'json' } } } })],
    ['a bare number', check.bareNumbers, add({ name: 'timeoutSeconds', type: { primitive: 'number' } })],
    ['a word of Python', check.reservedWords, add({ name: 'from' })],
    ['a word of C#', check.reservedWords, add({ name: 'namespace' })],
    ['a misspelt name', (one: Json) => check.misspelt(one, dictionary), add({ name: 'volumeMuonts' })],
  ])('%s', (_, checker, wrong) => {
    expect(checker(assembly)).toEqual([]);
    expect(checker(wrong)).toHaveLength(1);
  });

  test('a documented default that is another one', () => {
    const wrong = doctored((_, properties) => { properties.find(({ name }) => name === 'database').docs.default = "'postgres'"; });
    expect(asResolved(check.literalDefaults(wrong)['PostgresStatefulSetProps.database'])).not.toEqual(RESOLVED['PostgresStatefulSetProps.database']);
  });

  test('a documented default that nothing compares', () => {
    expect(Object.keys(check.literalDefaults(add({ name: 'owner2', docs: { default: '5' } }))).filter((path) => !(path in RESOLVED))).toEqual(['PostgresStatefulSetProps.owner2']);
  });

  test('access modes of the documentation are those of Kubernetes', () => {
    expect(asResolved('StorageAccessMode.READ_WRITE_ONCE')).toBe(StorageAccessMode.READ_WRITE_ONCE);
  });
});
