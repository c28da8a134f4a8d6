import { Cron, Duration, Size } from 'cdk8s';
import { Backup, BackupTarget, Credentials, ExtraVolume, Locale, PostgresImage, ImageVariant, PostgresVersion, Rollout, Storage } from '../../src';
import { leaves } from '../support/find';
import { allProps, planOf } from '../support/props';

test('only the version is needed: everything else is decided', () => {
  expect(planOf()).toMatchObject({
    name: 'orders-db',
    namespaces: [],
    version: { text: '18.6', major: 18 },
    image: { reference: 'postgres:18.6-trixie', runAsUser: 999, runAsGroup: 999, ownPasswd: false },
    instances: 1,
    primaryOrdinal: 0,
    podManagement: 'Parallel',
    update: { kind: 'RollingUpdate', partition: 0 },
    data: { kind: 'persistent', size: { text: '10Gi' }, storageClasses: [], accessMode: 'ReadWriteOnce' },
    wal: [],
    claimRetention: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    resources: { cpu: '250m', cpuLimits: [], memory: { text: '1Gi' }, memoryLimit: { text: '1Gi' } },
    database: 'app',
    owner: 'app',
    credentials: { composed: false, secretName: 'orders-db-credentials' },
    initdb: { provider: 'builtin', locale: 'C.UTF-8', walSegmentMebibytes: 16 },
    stop: { graceSeconds: 300, fastSeconds: 290 },
    acknowledged: { major: '', libc: '', cluster: '' },
    backups: [],
    serviceAccount: { name: 'orders-db', composed: true },
  });
});

test.each([
  ['the owner follows the database', { database: 'orders' }, { database: 'orders', owner: 'orders' }],
  ['an owner of its own', { database: 'orders', owner: 'clerk' }, { database: 'orders', owner: 'clerk' }],
  ['the name goes before the construct id', { name: 'other' }, { name: 'other', credentials: { secretName: 'other-credentials' } }],
  ['ICU orders text before PostgreSQL 17', { version: PostgresVersion.V16 }, { initdb: { provider: 'icu', locale: 'und' } }],
  ['a locale of the C library', { initdb: { locale: Locale.libc('en_US.utf8') } }, { initdb: { provider: 'libc', locale: 'en_US.utf8' } }],
  ['ten seconds of the grace period are for an immediate shutdown', { terminationGracePeriod: Duration.seconds(120) },
    { stop: { graceSeconds: 120, fastSeconds: 110 } }],
  ['memory limits follow the memory', { resources: { memory: Size.gibibytes(3) } }, { resources: { memoryLimit: { text: '3Gi' } } }],
  ['an Alpine image runs as its own user', { image: PostgresImage.official({ variant: ImageVariant.of('alpine3.23') }) },
    { image: { reference: 'postgres:18.6-alpine3.23', runAsUser: 70, runAsGroup: 70, ownPasswd: false } }],
  ['a mirror and a digest', { image: PostgresImage.official({ registry: 'registry.example.com/a', digest: 'sha256:00' }) },
    { image: { reference: 'registry.example.com/a/postgres:18.6-trixie@sha256:00' } }],
  ['the group of a custom image follows the user, whom the image does not know', { image: PostgresImage.custom({ image: 'a:1', runAsUser: 1234 }) },
    { image: { reference: 'a:1', runAsUser: 1234, runAsGroup: 1234, ownPasswd: true } }],
  ['a custom image of the usual user', { image: PostgresImage.custom({ image: 'a:1' }) }, { image: { runAsUser: 999, ownPasswd: false } }],
  ['an ephemeral volume', { storage: Storage.ephemeral() }, { data: { kind: 'ephemeral' } }],
])('%s', (_, props, expected) => {
  expect(planOf(props)).toMatchObject(expected);
});

test.each([
  ['rollingUpdate', Rollout.rollingUpdate(), { kind: 'RollingUpdate', partition: 0 }],
  ['canary', Rollout.canary(), { kind: 'RollingUpdate', partition: 0 }],
  ['canary of none', Rollout.canary(0), { kind: 'RollingUpdate', partition: 1 }],
  ['replicasOnly', Rollout.replicasOnly(), { kind: 'RollingUpdate', partition: 1 }],
  ['paused', Rollout.paused(), { kind: 'RollingUpdate', partition: 1 }],
  ['partition', Rollout.partition(1), { kind: 'RollingUpdate', partition: 1 }],
  ['onDelete', Rollout.onDelete(), { kind: 'OnDelete' }],
])('the rollout %s of one instance', (_, rollout, expected) => {
  expect(planOf({ rollout }).update).toEqual(expected);
});

describe('a backup', () => {
  const schedule = Cron.daily();

  test('brings its role, and a claim as large as the data', () => {
    const { backups: [backup], roles } = planOf({ storage: Storage.persistent(Size.gibibytes(20)), backups: [Backup.logical({ schedule })] });
    expect(backup).toMatchObject({
      id: 'backup',
      timeZone: 'Etc/UTC',
      claim: { composed: true, name: 'orders-db-backup', size: { text: '20Gi' } },
      retention: { keepLast: 3, daily: 7, weekly: 4, monthly: 6, minimum: 3 },
      parallelJobs: 2,
      deadlineSeconds: 21600,
      startingDeadlineSeconds: 3600,
      suspended: false,
    });
    expect(roles.map(({ name, passwordFile }) => [name, passwordFile])).toEqual([
      ['postgres', 'superuser-password'], ['app', 'password'], ['backup', 'backup-password'],
    ]);
  });

  test('may use a claim of the user', () => {
    const { backups: [{ claim }] } = planOf({ backups: [Backup.logical({ schedule, target: BackupTarget.existingClaim('mine') })] });
    expect(claim).toEqual({ composed: false, name: 'mine' });
  });

  test('is missing: so is its role', () => {
    expect(planOf().roles.map(({ name }) => name)).toEqual(['postgres', 'app']);
  });
});

describe('credentials', () => {
  test('from environment variables are read where the program is synthesized', () => {
    const { credentials } = planOf({ credentials: Credentials.unsafeFromEnvironment({ password: 'A', superuserPassword: 'B' }) },
      { environment: { A: 'one', B: 'two' } });
    expect(credentials).toMatchObject({ composed: true, values: { 'username': 'app', 'password': 'one', 'superuser-password': 'two' }, missingVariables: [] });
  });

  test('keep the keys of a Secret that was made for something else', () => {
    const { credentials } = planOf({ credentials: Credentials.fromSecretName('other', { password: 'postgres-password' }) });
    expect(credentials).toMatchObject({ composed: false, secretName: 'other', values: {}, keys: { username: 'username', password: 'postgres-password' } });
  });
});

describe('settings', () => {
  const setting = (props: Parameters<typeof planOf>[0], name: string) => planOf(props).settings.find((one) => one.name === name);

  test('say who decided and what a change needs', () => {
    expect(setting({}, 'shared_buffers')).toEqual({ name: 'shared_buffers', value: '256MB', origin: 'default', needs: 'restart' });
    expect(setting({ parameters: { work_mem: '8MB' } }, 'work_mem')).toEqual({ name: 'work_mem', value: '8MB', origin: 'user', needs: 'reload' });
    expect(setting({}, 'listen_addresses')).toMatchObject({ value: '*', origin: 'required' });
  });

  test('a name in capitals is the same parameter', () => {
    expect(planOf({ parameters: { WORK_MEM: '8MB', TimeZone: 'Europe/Paris' } }).settings.filter(({ name }) => /work_mem$|^timezone$/i.test(name)))
      .toMatchObject([{ name: 'maintenance_work_mem' }, { name: 'timezone', value: 'Europe/Paris' }, { name: 'work_mem', value: '8MB' }]);
  });

  test('a reserved one is remembered for the finding and not written', () => {
    const plan = planOf({ parameters: { FSYNC: 'off' } });
    expect(plan.reserved).toEqual([{ name: 'FSYNC', value: 'off' }]);
    expect(plan.settings.some(({ name }) => name === 'fsync')).toBe(false);
  });

  test('stand in the order of their names', () => {
    const names = planOf({ parameters: { zero_damaged_pages: 'off', array_nulls: 'on' } }).settings.map(({ name }) => name);
    expect(names).toEqual([...names].sort());
  });

  test('allow_alter_system is there for the servers that know it', () => {
    expect(setting({ version: PostgresVersion.V16 }, 'allow_alter_system')).toBeUndefined();
    expect(setting({ version: PostgresVersion.V17 }, 'allow_alter_system')).toMatchObject({ value: 'off' });
  });
});

test('one volume that two containers mount is one volume of the pod', () => {
  const volume = ExtraVolume.emptyDirectory('scratch', Size.mebibytes(1));
  const { extraVolumes } = planOf({
    volumeMounts: [{ volume, path: '/a' }], sidecars: [{ name: 'one', image: 'a:1', volumeMounts: [{ volume, path: '/b' }] }],
  });
  expect(extraVolumes).toHaveLength(1);
});

test.each([['the empty program', {}], ['the full program', allProps]])('%s has a plan without undefined and null', (_, props) => {
  expect(leaves(planOf(props)).filter(({ value }) => value === undefined || value === null)).toEqual([]);
});

test.each([['the empty program', {}], ['the full program', allProps]])('%s has a plan that is frozen to its leaves', (_, props) => {
  const unfrozen = (value: unknown): boolean => typeof value === 'object' && value !== null
    && (!Object.isFrozen(value) || Object.values(value).some(unfrozen));
  expect(unfrozen(planOf(props))).toBe(false);
});

test('a plan is a pure function of what it is made from', () => {
  expect(planOf(allProps)).toEqual(planOf(allProps));
});

test('the order of names in maps changes nothing', () => {
  const reversed = <T>(map: Readonly<Record<string, T>>) => Object.fromEntries(Object.entries(map).reverse());
  const other = planOf({ ...allProps, parameters: reversed(allProps.parameters), environment: reversed(allProps.environment) });
  expect(JSON.stringify(other)).toBe(JSON.stringify(planOf(allProps)));
});

test('what the program gave stays its own: it is neither frozen nor shared', () => {
  const given = { labels: { a: 'b' }, annotations: { a: 'b' }, imagePullSecrets: ['a'], scheduling: { nodeSelector: { a: 'b' } }, command: ['a'], args: ['a'] };
  const { command, args, ...props } = given;
  const plan = planOf({ ...props, sidecars: [{ name: 'one', image: 'a:1', command, args }] });
  expect([props.labels, props.annotations, props.imagePullSecrets, props.scheduling.nodeSelector, command, args].filter(Object.isFrozen)).toEqual([]);
  props.labels.a = 'c';
  expect(plan.labels).toEqual({ a: 'b' });
});
