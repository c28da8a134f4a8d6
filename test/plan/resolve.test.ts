import { Cron, Duration, Size } from 'cdk8s';
import { Acknowledgement, Backup, BackupTarget, Credentials, EnvironmentValue, ExtraVolume, Locale, PostgresImage, ImageVariant, PostgresVersion, Rollout, Storage, TaintEffect, Toleration } from '../../src';
import { leaves } from '../support/find';
import { allProps, codesOf, planOf } from '../support/props';

test('only the version is needed: everything else is decided', () => {
  expect(planOf()).toMatchObject({
    name: 'orders-db',
    namespaces: [],
    version: { text: '18.6', major: 18 },
    image: { reference: 'postgres:18.6-trixie', runAsUser: 999, runAsGroup: 999, ownPasswd: false },
    instances: 1,
    primaryOrdinal: 0,
    podManagement: 'Parallel',
    update: { kind: 'RollingUpdate', partition: 0, choice: 'rollingUpdate', asked: 'Rollout.rollingUpdate()' },
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
  ['a custom image of the usual user', { image: PostgresImage.custom({ image: 'a:1' }) }, { image: { runAsUser: 999, ownPasswd: true } }],
  ['an ephemeral volume', { storage: Storage.ephemeral() }, { data: { kind: 'ephemeral' } }],
])('%s', (_, props, expected) => {
  expect(planOf(props)).toMatchObject(expected);
});

test.each([
  [Size.gibibytes(20), '20Gi', 20480], [Size.gibibytes(1.5), '1536Mi', 1536], [Size.tebibytes(1.5), '1536Gi', 1536 * 1024],
  [Size.mebibytes(1024.5), '1049088Ki', 1024.5], [Size.gibibytes(4 / 3), '1431655765', 1431655765 / 1024 ** 2],
])('a size is written in whole numbers: %j as %s', (size, text, mebibytes) => {
  expect(planOf({ storage: Storage.persistent(size) }).data).toMatchObject({ size: { text, mebibytes } });
  expect(planOf({ volumeMounts: [{ volume: ExtraVolume.emptyDirectory('a', size), path: '/a' }] }).extraVolumes[0].sizeLimits).toEqual([text]);
});

describe('an untyped caller', () => {
  const nulls = Object.fromEntries(Object.keys(allProps).filter((name) => name !== 'version').map((name) => [name, null]));

  test('says null for nothing', () => {
    expect(planOf(nulls)).toEqual(planOf());
  });

  test('may say null deep inside too', () => {
    const options = { storageClass: null, accessMode: null, whenDeleted: null, whenScaled: null, dataSource: null } as object;
    const image = { variant: null, registry: null, digest: null } as object;
    const parameters = { work_mem: null } as unknown as Record<string, string>;
    const resources = { memoryLimit: null } as object;
    const given = { storage: Storage.persistent(Size.gibibytes(10), options), image: PostgresImage.official(image), parameters, resources };
    expect(planOf(given)).toEqual(planOf());
  });

  test('gives parameters that are no text', () => {
    const parameters = { max_connections: 50, jit: true } as unknown as Record<string, string>;
    expect(planOf({ parameters })).toEqual(planOf({ parameters: { max_connections: '50', jit: 'true' } }));
  });

  test('gives labels, annotations and selectors that are no text, or null', () => {
    const texts = { a: 7, b: true, c: null } as unknown as Record<string, string>;
    const environment = { A: null } as unknown as Record<string, EnvironmentValue>;
    const plan = planOf({ labels: texts, annotations: texts, scheduling: { nodeSelector: texts }, environment });
    expect([plan.labels, plan.annotations, plan.scheduling.nodeSelector]).toEqual(Array(3).fill({ a: '7', b: 'true' }));
    expect(plan.environment).toEqual([]);
  });

  test.each([undefined, null])('leaves out the version: %s', (version) => {
    expect(codesOf({ version } as object)).toContain('PG1101');
    expect(planOf({ version } as object).version.text).toBe('');
  });
});

test('several acknowledgements of one guard are a list; what is lost is acknowledged by another value than what is foreign', () => {
  const acknowledgements = [Acknowledgement.otherCluster('a/1'), Acknowledgement.lostCluster('b/2'), Acknowledgement.otherMajor('16')];
  expect(planOf({ acknowledgements }).acknowledged).toEqual({ major: '16', libc: '', cluster: 'a/1,lost:b/2' });
});

test.each([
  ['rollingUpdate', Rollout.rollingUpdate(), { kind: 'RollingUpdate', partition: 0, choice: 'rollingUpdate', asked: 'Rollout.rollingUpdate()' }],
  ['canary', Rollout.canary(), { kind: 'RollingUpdate', partition: 0, choice: 'canary', asked: 'Rollout.canary(1)' }],
  ['canary of none', Rollout.canary(0), { kind: 'RollingUpdate', partition: 1, choice: 'canary', asked: 'Rollout.canary(0)' }],
  ['replicasOnly', Rollout.replicasOnly(), { kind: 'RollingUpdate', partition: 1, choice: 'replicasOnly', asked: 'Rollout.replicasOnly()' }],
  ['paused', Rollout.paused(), { kind: 'RollingUpdate', partition: 1, choice: 'paused', asked: 'Rollout.paused()' }],
  ['partition', Rollout.partition(1), { kind: 'RollingUpdate', partition: 1, choice: 'partition', asked: 'Rollout.partition(1)' }],
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
      ['postgres', 'superuser-password'], ['app', 'password'], ['replicator', 'replication-password'], ['backup', 'backup-password'], ['restore', 'restore-password'],
    ]);
  });

  test('may use a claim of the user', () => {
    const { backups: [{ claim }] } = planOf({ backups: [Backup.logical({ schedule, target: BackupTarget.existingClaim('mine') })] });
    expect(claim).toEqual({ composed: false, name: 'mine' });
  });

  test('is missing: so is its role', () => {
    expect(planOf().roles.map(({ name }) => name)).toEqual(['postgres', 'app', 'replicator']);
  });
});

describe('credentials', () => {
  test('from environment variables are read where the program is synthesized', () => {
    const { credentials } = planOf({ credentials: Credentials.unsafeFromEnvironment({ password: 'A', superuserPassword: 'B' }) },
      { environment: { A: 'one', B: 'two' } });
    expect(credentials).toMatchObject({ composed: true, values: { 'username': 'app', 'password': 'one', 'superuser-password': 'two' }, missingVariables: [] });
  });

  test('take nothing that the environment only inherits, and miss each variable once', () => {
    const { credentials } = planOf({ credentials: Credentials.unsafeFromEnvironment({ password: 'constructor', superuserPassword: 'constructor' }) });
    expect(credentials.missingVariables).toEqual(['constructor']);
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

  test('the text search of a new database is what initdb would have written', () => {
    expect(setting({}, 'default_text_search_config')).toMatchObject({ value: 'pg_catalog.english', origin: 'default', needs: 'reload' });
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

test.each([
  ['without an effect', {}, ['NoExecute']],
  ['with its effect', { effect: TaintEffect.NO_EXECUTE }, ['NoExecute']],
])('a toleration for a while %s is one of taints that evict', (_, options, effects) => {
  const { scheduling } = planOf({ scheduling: { tolerations: [Toleration.exists('a', { ...options, duration: Duration.seconds(5) })] } });
  expect(scheduling.tolerations).toEqual([{ key: 'a', values: [], effects, seconds: [5] }]);
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
