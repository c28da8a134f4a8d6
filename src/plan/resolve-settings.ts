import type { Setting, SettingOrigin, VolumePlan } from './plan';
import { needsRestart } from '../postgres/catalogue';
import { parseAmount } from '../postgres/parameter-value';
import { insteadOf } from '../postgres/reserved';
import * as sizing from '../postgres/sizing';

/** What the server's configuration follows from. */
export interface SettingsRequest {
  readonly name: string;
  readonly major: number;
  readonly parameters: Readonly<Record<string, string>>;
  readonly data: VolumePlan;
  readonly wal: readonly VolumePlan[];
  readonly memory: number;
  readonly walSegmentMebibytes: number;
}

/** Every line of postgresql.conf, sorted by name: our defaults under the user's values under what nothing else works without. */
export function resolveSettings(request: SettingsRequest): Setting[] {
  const layers: [SettingOrigin, Readonly<Record<string, string>>][] = [
    ['default', defaults(request)],
    ['user', lowerCased(request.parameters)],
    ['required', required(request)],
  ];
  const settings = new Map<string, Setting>();
  for (const [origin, values] of layers) {
    for (const [name, value] of Object.entries(values)) settings.set(name, { name, value, origin, needs: needsRestart(name, request.major) ? 'restart' : 'reload' });
  }
  return [...settings.values()].sort((a, b) => a.name < b.name ? -1 : 1);
}

/** The room that sizes follow from; the user's own max_connections counts. */
export function roomOf(request: SettingsRequest): sizing.Room {
  const walVolume = request.wal[0] ?? request.data;
  return {
    memory: request.memory,
    walVolume: walVolume.kind === 'persistent' ? walVolume.size.mebibytes : 10 * 1024,
    walAlone: request.wal.length > 0,
    walSegment: request.walSegmentMebibytes,
    maxConnections: parseAmount(lowerCased(request.parameters).max_connections ?? '') ?? 100,
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

function required(request: SettingsRequest): Record<string, string> {
  return {
    listen_addresses: '*',
    port: '5432',
    unix_socket_directories: '/var/run/postgresql',
    password_encryption: 'scram-sha-256',
    logging_collector: 'off',
    log_destination: 'stderr',
    cluster_name: request.name,
  };
}

/** The server ignores the case of names, so that one parameter must not stand there twice. Reserved ones are reported, not written. */
function lowerCased(parameters: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(parameters)
    .filter(([name]) => insteadOf(name) === undefined)
    .map(([name, value]) => [name.toLowerCase(), value]));
}
