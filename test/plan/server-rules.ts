import { Cron, Size } from 'cdk8s';
import {
  Backup, BackupTarget, Credentials, EnvironmentValue, ExtraVolume, PodManagement, PostgresVersion, Sidecar, Storage, StorageAccessMode, TaintEffect,
  Toleration,
} from '../../src';
import type { SomeProps } from '../support/props';

const schedule = Cron.daily();
export const backup = (options: object): SomeProps => ({ backups: [Backup.logical({ schedule, ...options })] });
export const sidecar = (options: Partial<Sidecar>): SomeProps => ({ sidecars: [{ name: 'one', image: 'a:1', ...options }] });
export const mount = (path: string): SomeProps => ({ volumeMounts: [{ volume: ExtraVolume.fromClaim('one', 'one'), path }] });
export const parameters = (values: Readonly<Record<string, string>>): SomeProps => ({ parameters: values });
const text = EnvironmentValue.fromText('x');
const onClaim = (name: string): SomeProps => backup({ target: BackupTarget.existingClaim(name) });
const password = (value: string): SomeProps => ({ credentials: Credentials.unsafePlainText({ password: value }) });
/** Untyped callers give any text where typed ones choose from an enum. */
const accessMode = 'ReadWriteMost' as StorageAccessMode;

/** Code, wrong props, what the message must say. */
export const WRONG_SERVERS: readonly [string, SomeProps, string[]][] = [
  ['PG1101', { version: PostgresVersion.of('18.06') }, ['version: "18.06"', 'without zeros before them']],
  ['PG1101', { version: PostgresVersion.of('08.6') }, ['version: "08.6"']],
  ['PG1308', parameters({ max_connections: '262143' }), ['parameters["max_connections"]: "262143"', 'they are 262187 processes, at most 262141 can be', '`max_worker_processes`']],
  ['PG1308', parameters({ max_worker_processes: '2e5', max_connections: '50000', autovacuum_worker_slots: '13000' }), ['parameters["max_worker_processes"]: "2e5"', 'they are 263020']],
  ['PG1308', { version: PostgresVersion.V16, ...parameters({ max_connections: '262112' }) }, ['262143 processes, at most 262142']],
  ['PG1311', parameters({ unix_socket_permissions: '0000' }), ['parameters["unix_socket_permissions"]: "0000"', 'lets the owner write, such as `0770`']],
  ['PG1311', parameters({ unix_socket_permissions: '0577' }), ['"0577"']],
  ['PG1311', parameters({ UNIX_SOCKET_PERMISSIONS: '63' }), ['parameters["unix_socket_permissions"]: "63"']],
  ['PG1312', parameters({ WORK_MEM: '4MB', work_mem: '8MB' }), ['parameters["work_mem"]: "8MB"', 'it stands there as WORK_MEM too', 'leave one of the two out']],
  ['PG1312', parameters({ 'pg_stat_statements.max': '1000', 'Pg_Stat_Statements.Max': '1000' }), ['parameters["Pg_Stat_Statements.Max"]']],
  ['PG1313', parameters({ max_connections: '20000' }), ['parameters["max_connections"]: "20000"', 'the limit is 1024 MiB; without it about 3', 'raise `resources.memory`']],
  ['PG1313', parameters({ wal_buffers: '1GB' }), ['parameters["wal_buffers"]: "1GB"']],
  ['PG1313', parameters({ max_locks_per_transaction: '1000000', max_connections: '150' }), ['parameters["max_locks_per_transaction"]: "1000000"']],
  ['PG1313', parameters({ transaction_buffers: '1GB' }), ['parameters["transaction_buffers"]']],
  ['PG1313', parameters({ track_activity_query_size: '1MB', max_connections: '1000' }), ['parameters["track_activity_query_size"]']],
  ['PG1314', parameters({ transaction_timeout: '1' }), ['parameters["transaction_timeout"]: "1"', 'at least 100ms, or 0']],
  ['PG1314', parameters({ transaction_timeout: '99999us' }), ['"99999us"']],
  ['PG1409', sidecar({ resources: { memory: Size.mebibytes(0) } }), ['sidecars[0].resources.memory: "0Mi"', 'would mean no limit', '1 MiB for a sidecar']],
  ['PG1409', backup({ resources: { memory: Size.mebibytes(63) } }), ['backups[0].resources.memory: "63Mi"', '64 MiB for a backup']],
  ['PG1703', backup({ retention: { daily: 1e30 } }), ['backups[0].retention.daily: 1e+30', 'from 0 to 10000']],
  ['PG1703', backup({ retention: { keepLast: 10_001 } }), ['retention.keepLast: 10001']],
  ['PG1708', onClaim('data-orders-db-0'), ['backups[0].target: "data-orders-db-0"', 'lost with it', '`BackupTarget.volume`']],
  ['PG1708', onClaim('wal-orders-db-12'), ['backups[0].target: "wal-orders-db-12"']],
  ['PG1803', password('hidden\ud800'), ['credentials: "password"', 'half a surrogate pair']],
  ...['SHELLOPTS', 'FUNCNEST', 'GLOBIGNORE', 'EXECIGNORE', 'TMOUT', 'CDPATH', 'UID', 'SRANDOM', 'HOSTNAME'].map((name): [string, SomeProps, string[]] =>
    ['PG1901', { environment: { [name]: text } }, [`environment["${name}"]`]]),
  ...['/usr/lib/postgresql', '/usr/lib/postgresql/18', '/usr/lib/postgresql/18/bin/', '/usr/lib/postgresql/18/lib', '/usr/share/postgresql', '/usr/share/postgresql/18',
    '/usr/local/lib/postgresql', '/usr/local/share/postgresql'].map((path): [string, SomeProps, string[]] => ['PG1904', mount(path), [`volumeMounts: "${path}"`, 'or its programs']]),
  ['PG1909', { environment: { A: EnvironmentValue.fromText('a\0b') } }, ['environment["A"]: "a\\u0000b"', 'null character', 'would never start', 'a Secret or ConfigMap']],
  ['PG1909', sidecar({ environment: { A: EnvironmentValue.fromText('\0') } }), ['sidecars[0].environment["A"]: "\\u0000"']],
  ['PG1909', sidecar({ args: ['a', 'b\0'] }), ['sidecars[0].args[1]: "b\\u0000"']],
  ['PG1909', sidecar({ command: ['\0', 'b'] }), ['sidecars[0].command[0]: "\\u0000"']],
  ['PG1909', { environment: { A: EnvironmentValue.fromText('\udc00') } }, ['environment["A"]']],
  ['PG2505', { podManagement: 'Ordered' as PodManagement }, ['podManagement: "Ordered"', '`PodManagement`']],
  ['PG2505', { storage: Storage.persistent(Size.gibibytes(1), { accessMode }) }, ['storage.accessMode: "ReadWriteMost"', '`StorageAccessMode`']],
  ['PG2505', { walStorage: Storage.persistent(Size.gibibytes(1), { accessMode }) }, ['walStorage.accessMode']],
  ['PG2505', backup({ target: BackupTarget.volume(Size.gibibytes(1), { accessMode }) }), ['backups[0].target.accessMode']],
  ['PG2505', { storage: Storage.persistent(Size.gibibytes(1), { whenDeleted: 'Keep' as never, whenScaled: 'keep' as never }) },
    ['storage.whenDeleted: "Keep"', 'storage.whenScaled: "keep"']],
  ['PG2505', { scheduling: { tolerations: [Toleration.exists('a', { effect: 'NoRun' as TaintEffect })] } }, ['scheduling.tolerations[0].effect: "NoRun"']],
];
