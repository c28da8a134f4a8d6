import { isNumberOfPods } from './legal-names';
import type { DatabasePlan, PreloadPlan, ReplicationPlan, Setting, SettingOrigin, TlsPlan, VolumePlan } from './plan';
import { tlsSettings } from './resolve-tls';
import { whileAlike } from './while-alike';
import { needsRestart } from '../postgres/catalogue';
import { parseCount } from '../postgres/parameter-value';
import { insteadOf } from '../postgres/reserved';
import * as sizing from '../postgres/sizing';
import { synchronousStandbyNames } from '../postgres/synchronous-standbys';

/** What the server's configuration follows from. */
export interface SettingsRequest {
  readonly name: string;
  readonly instances: number;
  readonly major: number;
  readonly parameters: Readonly<Record<string, string>>;
  readonly data: VolumePlan;
  readonly wal: readonly VolumePlan[];
  readonly memory: number;
  readonly walSegmentMebibytes: number;
  readonly replication: ReplicationPlan;
  readonly tls: readonly TlsPlan[];
  readonly databases: readonly DatabasePlan[];
  readonly preload: readonly PreloadPlan[];
}

/** Every line of postgresql.conf, sorted by name: our defaults under the user's values under what nothing else works without. */
export function resolveSettings(request: SettingsRequest): Setting[] {
  const settings = settingsOf({
    major: request.major,
    layers: {
      default: { ...defaults(request), ...extensionDefaults(request) },
      user: withPreload(lowerCased(request.parameters), request),
      required: required(request),
    },
  });
  return settings.map((setting) => setting.name === CLUSTER_NAME ? { ...setting, value: request.name } : setting);
}

/** The one parameter that follows from the name. */
const CLUSTER_NAME = 'cluster_name';

interface Layers {
  readonly major: number;
  readonly layers: Readonly<Record<SettingOrigin, Readonly<Record<string, string>>>>;
}

const settingsOf = whileAlike(({ major, layers }: Layers): readonly Setting[] => {
  const settings = new Map<string, Setting>();
  for (const [origin, values] of Object.entries(layers) as [SettingOrigin, Record<string, string>][]) {
    for (const [name, value] of Object.entries(values)) settings.set(name, { name, value, origin, needs: needs(name, major) });
  }
  return [...settings.values()].sort((a, b) => a.name < b.name ? -1 : 1);
});

/** What names a mounted file changes with the pod: a server of an older pod template has no such file. */
function needs(name: string, major: number): Setting['needs'] {
  return ['ssl', 'ssl_cert_file', 'ssl_key_file', 'ssl_ca_file'].includes(name) || needsRestart(name, major) ? 'restart' : 'reload';
}

/** The room that sizes follow from; the user's own max_connections counts. */
export function roomOf(request: Omit<SettingsRequest, 'replication'>): sizing.Room {
  const walVolume = request.wal[0] ?? request.data;
  return {
    memory: request.memory,
    walVolume: walVolume.kind === 'persistent' ? walVolume.size.mebibytes : 10 * 1024,
    walAlone: request.wal.length > 0,
    walSegment: request.walSegmentMebibytes,
    maxConnections: parseCount(lowerCased(request.parameters).max_connections ?? '') ?? 100,
  };
}

function defaults(request: SettingsRequest): Record<string, string> {
  const room = roomOf(request);
  const megabytes = (amount: number): string => `${amount}MB`;
  return {
    max_connections: '100',
    shared_buffers: megabytes(sizing.sharedBuffers(room.memory)),
    effective_cache_size: megabytes(sizing.effectiveCacheSize(room.memory)),
    work_mem: megabytes(sizing.workMem(room)),
    maintenance_work_mem: megabytes(sizing.maintenanceWorkMem(room.memory)),
    max_wal_size: megabytes(sizing.maxWalSize(room)),
    min_wal_size: megabytes(sizing.minWalSize(room)),
    // Rare checkpoints write each page once instead of often; a restart replays at most this much.
    checkpoint_timeout: '15min',
    // The one method that every build has; lz4 and zstd are the user's choice where the image has them.
    wal_compression: 'pglz',
    wal_level: 'replica',
    // A fixed reserve, whatever the number of pods: scaling restarts nothing. What is not used costs some kilobytes.
    max_wal_senders: '20',
    max_replication_slots: '20',
    // A link that is cut is noticed sooner than after a minute, by a pod that is replaced before the old one's slot is needed again.
    wal_sender_timeout: '30s',
    wal_receiver_timeout: '15s',
    // Where a node has huge pages and the pod has no share of them, `try` ends in a bus error.
    huge_pages: 'off',
    random_page_cost: '1.1',
    jit: 'off',
    log_line_prefix: '%m [%p] %q%u@%d/%a ',
    log_lock_waits: 'on',
    log_temp_files: '10MB',
    // What initdb writes in the official image, whose language is English, into the file that ours takes the place of.
    default_text_search_config: 'pg_catalog.english',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...request.major >= 17 ? { allow_alter_system: 'off' } : {},
  };
}

/** What declared extensions need of the server. */
function extensionDefaults({ databases, preload }: SettingsRequest): Record<string, string> {
  const scheduling = databases.filter(({ extensions }) => extensions.includes('pg_cron'));
  return {
    ...preload.some(({ extensions }) => extensions.length > 0) ? { shared_preload_libraries: preload.map(({ library }) => library).join(', ') } : {},
    // It works in one database only, which is `postgres` unless told.
    ...scheduling.length === 1 ? { 'cron.database_name': scheduling[0].name } : {},
  };
}

/** What extensions ask for comes to what the user has preloaded. */
function withPreload(parameters: Record<string, string>, request: SettingsRequest): Record<string, string> {
  const { shared_preload_libraries: libraries } = extensionDefaults(request);
  return libraries === undefined || !('shared_preload_libraries' in parameters) ? parameters : { ...parameters, shared_preload_libraries: libraries };
}

function required(request: SettingsRequest): Record<string, string> {
  return {
    listen_addresses: '*',
    port: '5432',
    unix_socket_directories: '/var/run/postgresql',
    password_encryption: 'scram-sha-256',
    logging_collector: 'off',
    log_destination: 'stderr',
    // the name itself is put in behind
    [CLUSTER_NAME]: '',
    hot_standby: 'on',
    max_slot_wal_keep_size: `${Math.floor(request.replication.slotLimitMebibytes)}MB`,
    ...synchronous(request),
    ...request.tls.reduce((settings, tls) => ({ ...settings, ...tlsSettings(tls) }), {}),
  };
}

/** Nothing where none is waited for: the server's own default. Every pod has the line, and heeds it as a primary only. */
function synchronous({ name, instances, replication }: SettingsRequest): Record<string, string> {
  if (!replication.synchronous) return {};
  // a number that the rules refuse makes no endless list
  const pods = Array.from({ length: isNumberOfPods(instances) ? instances : 1 }, (_, ordinal) => `${name}-${ordinal}`);
  return { synchronous_standby_names: synchronousStandbyNames(replication.quorum, pods) };
}

/** The server ignores the case of names, so that one parameter must not stand there twice. Reserved ones are reported, not written. */
export function lowerCased(parameters: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(parameters)
    .filter(([name]) => insteadOf(name) === undefined)
    .map(([name, value]) => [name.toLowerCase(), value]));
}
