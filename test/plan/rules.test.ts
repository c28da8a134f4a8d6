import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cron, Duration, Size } from 'cdk8s';
import { WRONG_CHOICES } from './closed-set-rules';
import { WRONG_DECLARATIONS } from './declared-rules';
import { WRONG_ATTRIBUTES } from './imported-rules';
import { WRONG_CONNECTIONS, WRONG_EXPOSURES } from './network-rules';
import { WRONG_PLATFORMS } from './platform-rules';
import { WRONG_PRIMARIES } from './primary-rules';
import { WRONG_REPLICATIONS } from './replication-rules';
import { WRONG_SERVERS } from './server-rules';
import { WHOLE_MESSAGES } from './whole-messages';
import {
  Acknowledgement, Backup, BackupTarget, CertificateIssuer, CertManagerOptions, ClaimRetention, ClientCertificates, Cpu, Credentials,
  EmptyVolume, EnvironmentValue, ExternalSecretOptions, ExternalSecretStore, ExtraVolume, FindingSeverity, ImageVariant, Locale, PodManagement,
  PostgresImage, PostgresStatefulSetProps, PostgresVersion, Rollout, Sidecar, Storage, StorageDataSource, TaintEffect, Tls, TlsMode,
  TlsSecretOptions, Toleration,
} from '../../src';
import { findProblems } from '../../src/plan/findings';
import { EVERY_RULE } from '../support/findings-page';
import { allProps, Around, codesOf, findingsOf, planOf, SomeProps } from '../support/props';

const schedule = Cron.daily();
const backup = (options: object): SomeProps => ({ backups: [Backup.logical({ schedule, ...options })] });
const sidecar = (options: Partial<Sidecar>): SomeProps => ({ sidecars: [{ name: 'one', image: 'a:1', ...options }] });
const mount = (path: string): SomeProps => ({ volumeMounts: [{ volume: ExtraVolume.fromClaim('one', 'one'), path }] });
const custom = (runAsUser: number, runAsGroup?: number): SomeProps => ({ image: PostgresImage.custom({ image: 'a:1', runAsUser, runAsGroup }) });
const parameter = (name: string, value: string): SomeProps => ({ parameters: { [name]: value } });
const text = EnvironmentValue.fromText('x');
const issuer = CertificateIssuer.fromIssuerName('one');
const external = (options: Partial<ExternalSecretOptions>): SomeProps => ({
  credentials: Credentials.externalSecret({ store: ExternalSecretStore.fromSecretStoreName('one'), password: { key: 'a' }, ...options }),
});
const secret = (options: TlsSecretOptions): SomeProps => ({ tls: Tls.fromSecretName('one', options) });
const certificate = (options: CertManagerOptions): SomeProps => ({ tls: Tls.certManager(issuer, options) });

/** Code, wrong props, what the message must say. */
const WRONG: [string, SomeProps, string[]][] = [
  ['PG1001', { name: 'Orders' }, ['name: "Orders"', 'lower-case letters']],
  ['PG1001', { name: '1st' }, ['"1st"']],
  ['PG1001', { name: 'orders-' }, ['"orders-"']],
  ['PG1001', { name: '' }, ['""']],
  ['PG1002', { name: 'a'.repeat(41) }, ['it has 41', 'at most 40']],
  ['PG1004', { labels: { 'cdk8s-postgres/cluster': 'x' } }, ['labels["cdk8s-postgres/cluster"]']],
  ['PG1004', { labels: { 'app.kubernetes.io/name': 'x' } }, ['app.kubernetes.io/name']],
  ['PG1004', { labels: { team: 'no spaces' } }, ['"no spaces"']],
  ['PG1004', { labels: { 'two/three/four': 'x' } }, ['two/three/four']],
  ['PG1004', { labels: { 'a..b/team': 'x' } }, ['a..b/team']],
  ['PG1005', { annotations: { 'a..b/c': 'x' } }, ['"a..b/c"']],
  ['PG1005', { annotations: { 'bad key': 'x' } }, ['annotations: "bad key"']],
  ['PG1101', { version: PostgresVersion.of('latest') }, ['version: "latest"', '18.6']],
  ['PG1101', { version: PostgresVersion.of('18') }, ['"18"']],
  ['PG1101', { version: PostgresVersion.of('9.6') }, ['"9.6"']],
  ['PG1101', { version: PostgresVersion.of('13.9') }, ['of 15 or later']],
  ['PG1101', { version: PostgresVersion.of('14.20') }, ['"14.20"', 'lack what the pod needs']],
  ['PG1103', { version: PostgresVersion.of('19.1') }, ['younger than']],
  ['PG1104', { image: PostgresImage.custom({ image: 'postgis' }) }, ['image: "postgis"', 'tag or digest']],
  ['PG1104', { image: PostgresImage.custom({ image: 'a b:1' }) }, ['"a b:1"']],
  ['PG1104', { image: PostgresImage.custom({ image: 'https://example.com/postgis:1' }) }, ['https://']],
  ['PG1104', { image: PostgresImage.custom({ image: 'example.com//postgis:1' }) }, ['example.com//postgis']],
  ['PG1104', { image: PostgresImage.custom({ image: `postgis@sha256:${'0'.repeat(63)}` }) }, ['64 hexadecimal digits']],
  ['PG1104', { image: PostgresImage.official({ digest: 'sha512:00' }) }, ['sha512:00']],
  ['PG1104', sidecar({ image: 'exporter' }), ['sidecars[0].image: "exporter"']],
  ['PG1105', custom(0), ['image.runAsUser: 0', 'refuses root']],
  ['PG1105', custom(70, 0), ['image.runAsGroup: 0']],
  ['PG1105', custom(1.5), ['1.5']],
  ['PG1106', { version: PostgresVersion.V16, initdb: { locale: Locale.builtin('C') } }, ['builtin C', 'from PostgreSQL 17']],
  ['PG1106', { version: PostgresVersion.V17, initdb: { locale: Locale.builtin('PG_UNICODE_FAST') } }, ['PG_UNICODE_FAST']],
  ['PG1106', { initdb: { locale: Locale.icu("fr'; DROP") } }, ['icu fr']],
  ['PG1107', { initdb: { walSegmentSize: Size.mebibytes(24) } }, ['24 MiB', 'power of two']],
  ['PG1107', { initdb: { walSegmentSize: Size.gibibytes(2) } }, ['2048 MiB']],
  ['PG1108', { acknowledgements: [Acknowledgement.otherMajor('seventeen')] }, ['"seventeen"']],
  ['PG1108', { acknowledgements: [Acknowledgement.otherMajor('18')] }, ['"18"']],
  ['PG1108', { acknowledgements: [Acknowledgement.otherLibc('2.36')] }, ['"2.36"', 'glibc-2.36']],
  ['PG1108', { acknowledgements: [Acknowledgement.otherLibc('unknown-2.36')] }, ['"unknown-2.36"', 'or `unknown`']],
  ['PG1108', { acknowledgements: [Acknowledgement.otherCluster('orders')] }, ['"orders"', 'system identifier']],
  ['PG1108', { acknowledgements: [Acknowledgement.otherMajor('15'), Acknowledgement.otherMajor('18')] }, ['"15,18"']],
  ['PG1108', { acknowledgements: [Acknowledgement.lostCluster('orders')] }, ['"lost:orders"']],
  ['PG1201', { database: '' }, ['database: ""']],
  ['PG1201', { database: 'é'.repeat(32) }, ['63 bytes']],
  ['PG1201', { owner: 'a\tb' }, ['owner: "a\\tb"', 'control characters']],
  ['PG1201', { owner: '+all' }, ['"+all"', 'patterns']],
  ['PG1201', { database: 'a\ud800b' }, ['of UTF-8']],
  ['PG1202', { owner: 'pg_admin' }, ['owner: "pg_admin"', 'pg_']],
  ['PG1203', { database: 'postgres', owner: 'x' }, ['database: "postgres"', 'template1']],
  ['PG1203', { owner: 'backup' }, ['owner: "backup"']],
  ['PG1301', parameter('shared_bufers', '1GB'), ['parameters["shared_bufers"]: "1GB"', 'did you mean shared_buffers?']],
  ['PG1301', parameter('__proto__x', '1'), ['__proto__x']],
  ['PG1302', parameter('work_mem', 'lots'), ['"lots"', 'in units of kB']],
  ['PG1302', parameter('max_connections', '0'), ['between 1 and']],
  ['PG1302', parameter('wal_level', 'hot'), ['minimal, replica, logical']],
  ['PG1302', { version: PostgresVersion.V17, ...parameter('log_connections', 'all') }, ['a boolean such as on or off']],
  ['PG1302', { version: PostgresVersion.V17, ...parameter('io_combine_limit', '128') }, ['between 1 and 32']],
  ['PG1302', parameter('jit', 'perhaps'), ['a boolean such as on or off']],
  ['PG1302', parameter('timezone', 'Mars'), ['parameters["timezone"]: "Mars"', 'Europe/Paris']],
  ['PG1302', parameter('Search_Path', 'a b c'), ['"a b c"', 'double quotes']],
  ['PG1303', parameter('unix_socket_group', 'postgres'), ['leave it out']],
  ['PG1303', parameter('listen_addresses', 'localhost'), ['leave it out']],
  ['PG1303', parameter('cluster_name', 'x'), ['set the prop `name`']],
  ['PG1303', parameter('SSL', 'on'), ['set the prop `tls`']],
  ['PG1303', parameter('recovery_target_time', 'now'), ['recovery_target_time']],
  ['PG1304', { version: PostgresVersion.V16, ...parameter('allow_alter_system', 'on') }, ['allow_alter_system', 'known to 17, 18']],
  ['PG1305', parameter('server_version', '18'), ['a fact of the running server']],
  ['PG1306', parameter('log_line_prefix', 'a\nb'), ['line break']],
  ['PG1307', parameter('shared_buffers', '2GB'), ['MiB are needed, the limit is 1024 MiB', 'resources.memory']],
  ['PG1307', { resources: { memory: Size.mebibytes(128) } }, ['resources.memory: "128Mi"', '170 MiB are enough']],
  ['PG1308', parameter('wal_level', 'minimal'), ['parameters["wal_level"]: "minimal"', '`max_wal_senders` to be 0']],
  ['PG1308', { parameters: { wal_level: 'minimal', max_wal_senders: '0', archive_mode: 'always' } }, ['`archive_mode` to be off']],
  ['PG1308', { parameters: { wal_level: 'Minimal', max_wal_senders: '0', summarize_wal: 'yes' } }, ['`summarize_wal` to be off']],
  ['PG1308', parameter('max_connections', '3'), ['3 connections are reserved']],
  ['PG1308', { initdb: { walSegmentSize: Size.mebibytes(64) }, ...parameter('max_wal_size', '100MB') }, ['"100MB"', 'are 128MB']],
  ['PG1308', { parameters: { log_statement_stats: 'on', log_planner_stats: 'on' } }, ['`log_planner_stats` is on']],
  ['PG1308', { parameters: { huge_pages: 'on', shared_memory_type: 'sysv' } }, ['`shared_memory_type` to be mmap']],
  ['PG1309', parameter('huge_pages', 'on'), ['parameters["huge_pages"]: "on"', 'huge pages of the node']],
  ['PG1309', parameter('io_method', 'io_uring'), ['container runtimes forbid']],
  ['PG1309', parameter('max_stack_depth', '7681kB'), ['more stack than the 8MB']],
  ['PG1309', parameter('shared_preload_libraries', 'pg_stat_statements, pg_cron'), ['no library pg_cron', 'PostgresImage.custom']],
  ['PG1309', parameter('session_preload_libraries', 'nonsense'), ['no library nonsense']],
  ['PG1309', parameter('local_preload_libraries', 'auto_explain'), ['no folder `plugins`']],
  ['PG1309', parameter('archive_library', 'nonsense'), ['no library nonsense']],
  ['PG1309', parameter('timezone', 'US/Pacific'), ['"US/Pacific"', 'tzdata-legacy']],
  ['PG1309', parameter('log_timezone', 'nz'), ['tzdata-legacy']],
  ['PG1309', parameter('lc_time', 'de_DE.UTF-8'), ['"de_DE.UTF-8"', 'en_US.UTF-8']],
  ['PG1401', { terminationGracePeriod: Duration.seconds(119) }, ['"119 seconds"', 'at least 120 seconds']],
  ['PG1402', { rollout: Rollout.partition(2) }, ['rollout: "Rollout.partition(2)"', 'there is 1 pod']],
  ['PG1402', { rollout: Rollout.canary(2) }, ['rollout: "Rollout.canary(2)"']],
  ['PG1402', { rollout: Rollout.partition(0.5) }, ['rollout: "Rollout.partition(0.5)"']],
  ['PG1403', { resources: { memoryLimit: Size.mebibytes(512) } }, ['resources.memoryLimit: "512Mi"', '1Gi are reserved']],
  ['PG1403', { resources: { cpu: Cpu.units(2), cpuLimit: Cpu.units(1) } }, ['resources.cpuLimit: "1"', '2 are reserved']],
  ['PG1403', sidecar({ resources: { memoryLimit: Size.mebibytes(8) } }), ['sidecars[0].resources.memoryLimit']],
  ['PG1403', backup({ resources: { memoryLimit: Size.mebibytes(8) } }), ['backups[0].resources.memoryLimit']],
  ['PG1404', { resources: { cpu: Cpu.millis(0) } }, ['resources.cpu', 'at least one']],
  ['PG1404', { resources: { cpuLimit: Cpu.millis(300.5) } }, ['300.5m']],
  ['PG1404', sidecar({ resources: { cpu: Cpu.millis(-1) } }), ['sidecars[0].resources.cpu: "-1m"']],
  ['PG1404', backup({ resources: { cpu: Cpu.millis(0) } }), ['backups[0].resources.cpu: "0"']],
  ['PG1405', { podManagement: PodManagement.ORDERED_READY }, ['podManagement: "OrderedReady"']],
  ['PG1406', { scheduling: { nodeSelector: { 'a b': 'x' } } }, ['scheduling.nodeSelector: "a b"']],
  ['PG1406', { scheduling: { nodeSelector: { a: 'x y' } } }, ['scheduling.nodeSelector["a"]: "x y"']],
  ['PG1406', { scheduling: { tolerations: [Toleration.exists('/a')] } }, ['scheduling.tolerations[0].key: "/a"']],
  ['PG1406', { scheduling: { tolerations: [Toleration.equal('a', '-')] } }, ['scheduling.tolerations[0].value: "-"']],
  ['PG1407', { scheduling: { tolerations: [Toleration.exists('a', { effect: TaintEffect.NO_SCHEDULE, duration: Duration.seconds(5) })] } },
    ['scheduling.tolerations[0].effect: "NoSchedule"']],
  ['PG1408', { terminationGracePeriod: Duration.millis(130500) }, ['terminationGracePeriod: "130.5 seconds"', 'whole seconds']],
  ['PG1408', backup({ deadline: Duration.millis(60500) }), ['backups[0].deadline: "60.5 seconds"']],
  ['PG1408', backup({ startingDeadline: Duration.millis(60500) }), ['backups[0].startingDeadline']],
  ['PG1408', { scheduling: { tolerations: [Toleration.exists('a', { duration: Duration.millis(500) })] } }, ['scheduling.tolerations[0].duration: "0.5 seconds"']],
  ['PG1501', { storage: Storage.persistent(Size.mebibytes(1023)) }, ['storage: "1023Mi"', 'at least 1024 MiB']],
  ['PG1501', { walStorage: Storage.persistent(Size.mebibytes(511)) }, ['walStorage: "511Mi"']],
  ['PG1501', backup({ target: BackupTarget.volume(Size.mebibytes(255)) }), ['backups[0].target: "255Mi"']],
  ['PG1502', parameter('max_wal_size', '6GB'), ['parameters["max_wal_size"]: "6GB"', 'at most 5120MB fit']],
  ['PG1502', { initdb: { walSegmentSize: Size.gibibytes(1) } }, ['initdb.walSegmentSize: "1024 MiB"', 'a volume of 16384 MiB has room']],
  ['PG1502', { walStorage: Storage.persistent(Size.mebibytes(128)) }, ['walStorage: "128Mi"', 'a volume of 160 MiB has room']],
  ['PG1503', { storage: Storage.ephemeral() }, ['lost with the pod']],
  ['PG1504', { walStorage: Storage.ephemeral() }, ['walStorage: "ephemeral"']],
  ['PG1504', { storage: Storage.ephemeral(), walStorage: Storage.persistent(Size.gibibytes(1)) }, ['walStorage: "persistent"']],
  ['PG1505', { walStorage: Storage.persistent(Size.gibibytes(1), { whenDeleted: ClaimRetention.DELETE }) }, ['walStorage.whenDeleted: "Delete"', '`storage`']],
  ['PG1505', { walStorage: Storage.persistent(Size.gibibytes(1), { whenScaled: ClaimRetention.RETAIN }) }, ['walStorage.whenScaled: "Retain"']],
  ['PG1507', { storage: Storage.ephemeral(), emptyVolume: EmptyVolume.REFUSE }, ['emptyVolume: "refuse"', 'always empty']],
  ['PG1701', backup({ schedule: Cron.schedule({ minute: '61' }) }), ['backups[0].schedule', 'the minute is "61"']],
  ['PG1701', backup({ schedule: Cron.schedule({ day: '30', month: '2' }) }), ['no month 2 has a day 30']],
  ['PG1701', backup({ schedule: Cron.schedule({ weekDay: '7' }) }), ['the weekday is "7"', '0-6']],
  ['PG1702', backup({ id: 'Nightly' }), ['backups[0].id: "Nightly"', 'at most 11']],
  ['PG1702', backup({ id: 'twelve-chars' }), ['"twelve-chars"']],
  ['PG1702', backup({ id: 'settings' }), ['"settings"']],
  ['PG1702', { backups: [Backup.logical({ schedule }), Backup.logical({ schedule })] }, ['backups[1].id: "backup"', 'unique']],
  ['PG1703', backup({ retention: { keepLast: 0 } }), ['backups[0].retention.keepLast: 0']],
  ['PG1703', backup({ retention: { minimum: 0 } }), ['retention.minimum: 0']],
  ['PG1703', backup({ retention: { daily: -1 } }), ['retention.daily: -1']],
  ['PG1703', backup({ retention: { weekly: 1.5 } }), ['retention.weekly: 1.5']],
  ['PG1704', backup({ timeZone: 'Mars/Olympus' }), ['backups[0].timeZone: "Mars/Olympus"', 'Europe/Paris']],
  ['PG1704', backup({ timeZone: '' }), ['timeZone: ""']],
  ['PG1704', backup({ timeZone: 'europe/paris' }), ['"europe/paris"', 'exact spelling']],
  ['PG1704', backup({ timeZone: 'utc' }), ['"utc"']],
  ['PG1705', backup({ parallelJobs: 0 }), ['backups[0].parallelJobs: 0']],
  ['PG1705', backup({ parallelJobs: 65 }), ['between 1 and 64']],
  ['PG1706', backup({ deadline: Duration.seconds(59) }), ['backups[0].deadline: "59 seconds"']],
  ['PG1706', backup({ startingDeadline: Duration.seconds(9) }), ['backups[0].startingDeadline: "9 seconds"']],
  ['PG1801', { credentials: Credentials.unsafeFromEnvironment({ password: 'A', superuserPassword: 'B', backupPassword: 'C' }) },
    ['credentials: "A, B, C"', 'set all of them']],
  ['PG1802', { credentials: Credentials.fromSecretName('Not A Name') }, ['credentials: "Not A Name"']],
  ['PG1802', { credentials: Credentials.fromSecretName('ok', { password: 'pass word' }) }, ['credentials.keys[password]: "pass word"']],
  ['PG1803', { credentials: Credentials.unsafePlainText({ password: '' }) }, ['credentials: "password"', 'empty']],
  ['PG1803', { credentials: Credentials.unsafePlainText({ password: 'hidden\n' }) }, ['line break']],
  ['PG1810', external({ store: ExternalSecretStore.fromSecretStoreName('My Vault') }), ['credentials.store: "My Vault"']],
  ['PG1810', external({ password: { key: 'a', property: '' } }), ['credentials[password]: ""']],
  ['PG1811', external({ refreshInterval: Duration.seconds(1) }), ['credentials.refreshInterval: "1 seconds"']],
  ['PG1812', { ...backup({}), ...external({}) }, ['backupPassword']],
  ['PG1804', { imagePullSecrets: ['ok', 'No'] }, ['imagePullSecrets[1]: "No"']],
  ['PG1804', { serviceAccountName: 'No' }, ['serviceAccountName: "No"']],
  ['PG1804', backup({ target: BackupTarget.existingClaim('No') }), ['backups[0].target: "No"']],
  ['PG1804', { scheduling: { priorityClass: 'No' } }, ['scheduling.priorityClass: "No"']],
  ['PG1804', { storage: Storage.persistent(Size.gibibytes(10), { storageClass: 'No' }) }, ['storage.storageClass: "No"']],
  ['PG1804', { walStorage: Storage.persistent(Size.gibibytes(10), { dataSource: StorageDataSource.volumeSnapshot('No') }) }, ['walStorage.dataSource: "No"']],
  ['PG1804', backup({ target: BackupTarget.volume(Size.gibibytes(1), { storageClass: 'No' }) }), ['backups[0].target.storageClass: "No"']],
  ['PG1804', { volumeMounts: [{ volume: ExtraVolume.fromSecret('one', 'No'), path: '/x' }] }, ['volumeMounts: "No"']],
  ['PG1804', { environment: { A: EnvironmentValue.fromSecretKey('No', 'a') } }, ['environment["A"]: "No"']],
  ['PG1804', sidecar({ environment: { A: EnvironmentValue.fromConfigMapKey('No', 'a') } }), ['sidecars[0].environment["A"]: "No"']],
  ['PG1901', { environment: { PASSWORD: text } }, ['what the scripts of the pod assign']],
  ['PG1901', { environment: { PGDATA: text } }, ['environment["PGDATA"]']],
  ['PG1901', { environment: { LD_PRELOAD: text } }, ['LD_PRELOAD']],
  ['PG1902', { environment: { 'NO-HYPHEN': text } }, ['environment: "NO-HYPHEN"']],
  ['PG1902', sidecar({ environment: { '1ST': text } }), ['sidecars[0].environment: "1ST"']],
  ['PG1903', sidecar({ name: 'postgres' }), ['sidecars: "postgres"']],
  ['PG1903', { sidecars: [{ name: 'one', image: 'a:1' }, { name: 'one', image: 'a:1' }] }, ['used once']],
  ['PG1903', { volumeMounts: [{ volume: ExtraVolume.fromClaim('data', 'x'), path: '/x' }] }, ['volumeMounts: "data"']],
  ['PG1904', mount('relative'), ['volumeMounts: "relative"']],
  ['PG1904', mount('/tmp/x'), ['"/tmp/x"']],
  ['PG1904', mount('/var/lib'), ['"/var/lib"']],
  ['PG1904', mount('/a/../etc'), ['"/a/../etc"']],
  ['PG1904', mount('/'), ['volumeMounts']],
  ['PG1904', mount('/./tmp//x/.'), ['"/./tmp//x/."']],
  ['PG1904', mount('/run/postgresql'), ['"/run/postgresql"']],
  ['PG1904', mount('/usr'), ['"/usr"', 'or its programs']],
  ['PG1904', mount('/lib64/'), ['"/lib64/"']],
  ['PG1904', mount('/a\nb'), ['control characters']],
  ['PG1904', { volumeMounts: [{ volume: ExtraVolume.fromClaim('one', 'one'), path: '/a', subPath: '/b' }] }, ['volumeMounts.subPath: "/b"']],
  ['PG1904', { volumeMounts: [{ volume: ExtraVolume.fromClaim('one', 'one'), path: '/a', subPath: 'b/../c' }] }, ['"b/../c"']],
  ['PG1905', sidecar({ ports: { 'two--hyphens': 80 } }), ['single hyphens']],
  ['PG1905', { sidecars: ['one', 'two'].map((name) => ({ name, image: 'a:1', ports: { web: 80 } })) }, ['sidecars[1].ports["web"]: 80', 'once in the pod']],
  ['PG1905', sidecar({ ports: { metrics: 5432 } }), ['sidecars[0].ports["metrics"]: 5432']],
  ['PG1905', sidecar({ ports: { postgresql: 80 } }), ['ports["postgresql"]']],
  ['PG1905', sidecar({ ports: { 'a-name-of-16-chr': 80 } }), ['at most 15']],
  ['PG1905', sidecar({ ports: { metrics: 65536 } }), ['65536']],
  ['PG1906', sidecar({ runAsUser: 0 }), ['sidecars[0].runAsUser: 0', 'without root']],
  ['PG1906', sidecar({ runAsUser: 2 ** 31 }), ['sidecars[0].runAsUser: 2147483648']],
  ['PG1907', { environment: { A: EnvironmentValue.fromSecretKey('ok', 'no key') } }, ['environment["A"]: "no key"']],
  ['PG1907', sidecar({ environment: { A: EnvironmentValue.fromField('spec.containers') } }), ['sidecars[0].environment["A"]: "spec.containers"']],
  ['PG1908', { sidecars: [80, 81].map((port) => ({ name: `a${port}`, image: 'a:1', ports: { web: port } })) }, ['sidecars[1].ports["web"]: 81', 'gets only the first']],
  ['PG2001', { tls: Tls.fromSecretName('My_Secret') }, ['tls.secretName: "My_Secret"']],
  ['PG2001', secret({ keys: { authority: 'ca/crt' } }), ['tls.keys: "ca/crt"']],
  ['PG2002', secret({ keys: { privateKey: 'ca.crt' } }), ['tls.keys.privateKey: "ca.crt"', 'a key of its own']],
  ['PG2002', secret({ keys: { clientAuthority: 'tls.key' } }), ['"tls.key"']],
  ['PG2003', secret({ additionalNames: ['https://db.example.com'] }), ['tls.additionalNames: "https://db.example.com"']],
  ['PG2003', secret({ additionalNames: ['db.*.example.com'] }), ['"db.*.example.com"']],
  ['PG2003', secret({ additionalNames: ['*'] }), ['"*"']],
  ['PG2003', secret({ additionalNames: ['a'.repeat(64)] }), ['at most 63 characters']],
  ['PG2003', secret({ additionalNames: [''] }), ['""']],
  ['PG2003', secret({ additionalNames: ['::1%eth0', 'fd00::/8'] }), ['"::1%eth0"', '"fd00::/8"']],
  ['PG2004', secret({ mode: TlsMode.OPTIONAL, clientCertificates: ClientCertificates.VERIFIED }), ['tls.clientCertificates: "verify-full"']],
  ['PG2005', certificate({ duration: Duration.minutes(59) }), ['tls.duration: "3540 s"', 'at least an hour']],
  ['PG2005', certificate({ renewBefore: Duration.minutes(4) }), ['tls.renewBefore: "240 s"']],
  ['PG2005', certificate({ duration: Duration.hours(2), renewBefore: Duration.hours(2) }), ['tls.renewBefore: "7200 s"']],
  ['PG2006', { tls: Tls.certManager(CertificateIssuer.fromIssuerName('Mine')) }, ['tls.issuer: "Mine"']],
  ['PG2006', { tls: Tls.certManager(CertificateIssuer.external('', 'Issuer', 'a')) }, ['tls.issuer: ""']],
  ['PG2006', { tls: Tls.certManager(CertificateIssuer.external('a.b', 'issuer', 'a')) }, ['tls.issuer: "issuer"']],
  ['PG2007', certificate({}), ['tls: "orders-db-tls"', 'give the chart a namespace']],
];

test.each(WRONG)('%s for %j', (code, props, fragments) => {
  const messages = findingsOf(props).filter((finding) => finding.code === code).map(({ message }) => message);
  expect(messages).not.toEqual([]);
  for (const fragment of fragments) expect(messages.join('\n')).toContain(fragment);
});

test('PG1003 names the other database of the name', () => {
  const [finding] = findProblems(planOf(), { namesakes: ['shop/orders-db'], clashes: [] });
  expect(finding).toMatchObject({ code: 'PG1003', prop: 'name' });
  expect(finding.message).toContain('also used by shop/orders-db');
});

test('PG1006 names the object and the other database', () => {
  const [finding] = findProblems(planOf(), { namesakes: [], clashes: ['Service orders-db-headless of shop/orders-db-headless'] });
  expect(finding).toMatchObject({ code: 'PG1006', prop: 'name' });
  expect(finding.message).toContain('"orders-db"');
  expect(finding.message).toContain('Service orders-db-headless of shop/orders-db-headless');
});

test('PG1007 counts the bytes of keys and values', () => {
  const [finding] = findingsOf({ annotations: { a: 'é'.repeat(32768) } });
  expect(finding).toMatchObject({ code: 'PG1007', prop: 'annotations' });
  expect(finding.message).toContain('annotations: 65537');
  expect(finding.message).toContain('at most 65536');
});

test('every rule has a wrong program here', () => {
  const tried = new Set([...[...WRONG, ...WRONG_DECLARATIONS, ...WRONG_EXPOSURES, ...WRONG_CONNECTIONS, ...WRONG_PLATFORMS, ...WRONG_REPLICATIONS, ...WRONG_PRIMARIES, ...WRONG_ATTRIBUTES, ...WRONG_CHOICES, ...WRONG_SERVERS, ...WHOLE_MESSAGES].map(([code]) => code), 'PG1003', 'PG1006', 'PG1007', 'PG2706']);
  expect(EVERY_RULE.map(({ code }) => code).filter((code) => !tried.has(code))).toEqual([]);
});

test('codes are PG and four digits, and none is used twice', () => {
  const codes = EVERY_RULE.map(({ code }) => code);
  expect(codes.filter((code) => !/^PG\d{4}$/.test(code))).toEqual([]);
  expect(new Set(codes).size).toBe(codes.length);
});

test('a message is one sentence: the prop, the value, what is allowed; no capital at the start and no full stop at the end', () => {
  expect(EVERY_RULE.filter(({ cause, cure }) => /^[A-Z]|\.$|\n/.test(cause) || /^[A-Z]|\.$|\n/.test(cure))).toEqual([]);
});

test('a program with many wrong props reports all of them together', () => {
  const wrong: SomeProps = {
    name: 'Orders',
    version: PostgresVersion.of('latest'),
    owner: 'pg_x',
    parameters: { fsync: 'off', work_mem: 'lots', nonsense: '1' },
    terminationGracePeriod: Duration.seconds(1),
    rollout: Rollout.partition(7),
    storage: Storage.persistent(Size.mebibytes(1)),
    backups: [Backup.logical({ schedule: Cron.schedule({ hour: '25' }), id: 'NO' })],
    sidecars: [{ name: 'postgres', image: 'a:1', runAsUser: 0 }],
  };
  expect(new Set(codesOf(wrong))).toEqual(new Set([
    'PG1001', 'PG1101', 'PG1202', 'PG1301', 'PG1302', 'PG1303', 'PG1401', 'PG1402', 'PG1501', 'PG1502', 'PG1701', 'PG1702', 'PG1903', 'PG1906',
  ]));
});

/** Values at the edge of what is allowed. */
const RIGHT: [string, SomeProps, Around?][] = [
  ['a name of 40 characters', { name: 'a'.repeat(40) }],
  ['a name of one character', { name: 'a' }],
  ['the label for the product', { labels: { 'app.kubernetes.io/part-of': 'shop', 'empty': '' } }],
  ['a user of an image', custom(2 ** 31 - 1)],
  ['PG_UNICODE_FAST on 18', { initdb: { locale: Locale.builtin('PG_UNICODE_FAST') } }],
  ['log files of 1 MiB', { initdb: { walSegmentSize: Size.mebibytes(1) } }],
  ['log files of 1 GiB', { storage: Storage.persistent(Size.gibibytes(100)), initdb: { walSegmentSize: Size.gibibytes(1) } }],
  ['a database name of 63 bytes', { database: 'a'.repeat(63) }],
  ['a name with quotes, spaces and umlauts', { database: 'Bücher "und" \'mehr\'' }],
  ['a parameter of an extension', { parameters: { 'pg_stat_statements.max': '1000' } }],
  ['a minimal log', { parameters: { wal_level: 'minimal', max_wal_senders: '0', archive_mode: 'no' } }],
  ['aspects of connections on 18', { parameters: { log_connections: 'receipt' } }],
  ['the largest shared_buffers', { parameters: { shared_buffers: '832MB' } }],
  ['several majors acknowledged', { acknowledgements: [Acknowledgement.otherMajor('15'), Acknowledgement.otherMajor('16')] }],
  ['a known and an unknown C library acknowledged', { acknowledgements: [Acknowledgement.otherLibc('glibc-2.36'), Acknowledgement.otherLibc('unknown')] }],
  ['a foreign and a lost database acknowledged', { acknowledgements: [Acknowledgement.otherCluster('a/1'), Acknowledgement.lostCluster('b/2')] }],
  ['annotations of 64 KiB', { annotations: { a: 'x'.repeat(65535) } }],
  ['a time zone in any case', { parameters: { TimeZone: 'europe/paris' } }],
  ['the largest stack', { parameters: { max_stack_depth: '7680kB' } }],
  ['ciphers beside TLS', { tls: Tls.fromSecretName('one'), parameters: { ssl_ciphers: 'HIGH', ssl_max_protocol_version: 'TLSv1.3' } }],
  ['a certificate for an hour', { tls: Tls.certManager(issuer, { duration: Duration.hours(1), renewBefore: Duration.minutes(5) }) }, { namespace: 'shop' }],
  ['names of a certificate', { tls: Tls.fromSecretName('one', { additionalNames: ['db.example.com', '*.db.example.com', 'localhost', '1.a', '192.0.2.7', 'FD00::1'] }) }],
  ['optional TLS', { tls: Tls.fromSecretName('one', { mode: TlsMode.OPTIONAL }) }],
  ['libraries of contrib', { parameters: { shared_preload_libraries: '"pg_stat_statements", auto_explain' } }],
  ['a library of an image of one\'s own', { ...custom(999), ...parameter('shared_preload_libraries', 'pg_cron') }],
  ['a library that is mounted', { ...mount('/usr/lib/postgresql/18/lib/mine'), ...parameter('shared_preload_libraries', 'mine') }],
  ['a locale of Alpine', { image: PostgresImage.official({ variant: ImageVariant.of('alpine3.23') }), ...parameter('lc_time', 'de_DE.UTF-8') }],
  ['file modes', { parameters: { unix_socket_permissions: '0770', log_file_mode: '0640' } }],
  ['two minutes to stop', { terminationGracePeriod: Duration.seconds(120) }],
  ['1 GiB of data', { storage: Storage.persistent(Size.gibibytes(1)) }],
  ['512 MiB for the log', { walStorage: Storage.persistent(Size.mebibytes(512)) }],
  ['the largest max_wal_size', { parameters: { max_wal_size: '5GB' } }],
  ['the last minute of the year', backup({ schedule: Cron.schedule({ minute: '59', hour: '23', day: '31', month: '12' }) })],
  ['a leap day', backup({ schedule: Cron.schedule({ day: '29', month: '2' }) })],
  ['an id of 11 characters', backup({ id: 'eleven-char' })],
  ['one backup only', backup({ retention: { keepLast: 1, daily: 0, weekly: 0, monthly: 0, minimum: 1 } })],
  ['64 tables at once', backup({ parallelJobs: 64 })],
  ['a port name of 15 characters', sidecar({ ports: { 'a-name-of-15-ch': 65535 } })],
  ['a folder below one of the image', mount('/usr/share/postgresql/tsearch_data')],
  ['a registry with a port, a tag and a digest', sidecar({ image: `example.com:5000/a/b_c:1@sha256:${'0'.repeat(64)}` })],
  ['an annotation of the pod', sidecar({ environment: { A: EnvironmentValue.fromField("metadata.annotations['a.b/c']") } })],
  ['every taint', { scheduling: { tolerations: [Toleration.exists('')] } }],
  ['a time zone for the variables', { environment: { TZ: text } }],
  ['init scripts', mount('/docker-entrypoint-initdb.d')],
  ['one thousandth of a core', { resources: { cpu: Cpu.millis(1) } }],
];

test.each(RIGHT)('%s is no finding', (_, props, around = {}) => {
  expect(findingsOf(props, around)).toEqual([]);
});

test('the full program has but its warnings', () => {
  expect(codesOf(allProps)).toEqual(['PG2506', 'PG2815', 'PG2817']);
});

test.each([PostgresVersion.V15, PostgresVersion.V16, PostgresVersion.V17, PostgresVersion.V18])('an empty program of $version has no finding', (version) => {
  expect(findingsOf({ version })).toEqual([]);
});

test.each([64, 128, 256, 512, 1024, 4096, 65536, 1048576])('what is derived from %d MiB of memory fits into them or is a finding', (memory) => {
  const findings = findingsOf({ resources: { memory: Size.mebibytes(memory) } });
  expect(findings.map(({ code }) => code)).toEqual(memory < 192 ? ['PG1307'] : []);
});

test('only what does not stop a synthesis is a warning', () => {
  const warnings = EVERY_RULE.filter(({ severity }) => severity === FindingSeverity.WARNING).map(({ code }) => code);
  expect(warnings).toEqual(['PG1103', 'PG1309', 'PG1313', 'PG1503', 'PG1507', 'PG1405', 'PG1707', 'PG1812', 'PG1908', 'PG2307', 'PG2308', 'PG2506', 'PG2810', 'PG2811', 'PG2814', 'PG2815', 'PG2817', 'PG2819', 'PG2822', 'PG2823', 'PG2827', 'PG2829', 'PG2007']);
});

test('a password never stands in a message', () => {
  const props: SomeProps = { credentials: Credentials.unsafePlainText({ password: 'tell-nobody\n', superuserPassword: 'nor-this\r' }) };
  expect(JSON.stringify(findingsOf(props))).not.toMatch(/tell-nobody|nor-this/);
});

test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('%s as a key of every map ends in findings, not in a crash', (key) => {
  const map = <T>(value: T): Record<string, T> => Object.fromEntries([[key, value]]);
  const props: SomeProps = {
    parameters: map('1'),
    labels: map('x'),
    annotations: map('x'),
    environment: map(text) as PostgresStatefulSetProps['environment'],
    scheduling: { nodeSelector: map('x') },
    sidecars: [{ name: 'one', image: 'a:1', ports: map(80), environment: map(text) }],
  };
  expect(codesOf(props)).toContain('PG1301');
});

test('no variable that a script of the pod assigns may come from outside', () => {
  const folder = join(__dirname, '../../src/runtime');
  const assigned = readdirSync(folder).filter((file) => file.endsWith('.sh')).flatMap((file) =>
    [...readFileSync(join(folder, file), 'utf8').replace(/^ *#.*/gm, '').matchAll(/(?<![-\w"'$.[{]|-[vxc] )([A-Z][A-Z_]+)=/g)].map(([, name]) => name));
  const free = [...new Set(assigned)].filter((name) => name !== 'TZ').filter((name) => !codesOf({ environment: { [name]: text } }).includes('PG1901'));
  expect(assigned).toContain('PASSWORD');
  expect(free).toEqual([]);
});
