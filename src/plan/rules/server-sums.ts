import { parseCount, parseMebibytes } from '../../postgres/parameter-value';
import { sharedBuffers, sharedMemory, sharedMemorySize } from '../../postgres/sizing';
import { perPlan } from '../per-plan';
import type { Plan } from '../plan';
import type { Offence } from '../rule';

/** Room for the server itself beside its shared memory. */
const OWN_MEMORY = 64;

/** Parameters that are counted, and what the server takes where they are left out. */
const COUNTS = {
  max_connections: 100,
  max_wal_senders: 10,
  max_worker_processes: 8,
  autovacuum_max_workers: 3,
  autovacuum_worker_slots: 16,
  max_prepared_transactions: 0,
  max_locks_per_transaction: 64,
  max_pred_locks_per_transaction: 64,
  io_max_concurrency: -1,
};

/** Caches beside the pages of tables; 0 means a size that follows from `shared_buffers` and is small. */
const CACHES = ['commit_timestamp', 'multixact_member', 'multixact_offset', 'notify', 'serializable', 'subtransaction', 'transaction'].map((what) => `${what}_buffers`);

/** All whose size a user may have asked too much of, but `shared_buffers`, which has a rule of its own. */
const SHARED = [...Object.keys(COUNTS), ...CACHES, 'wal_buffers', 'track_activity_query_size'];

type Texts = ReadonlyMap<string, string>;

/** The pages alone do not fit. */
export function sharedBuffersTooLarge({ settings, sharedMemory: segments, resources: { memory, memoryLimit } }: Plan): Offence[] {
  const { name, value, origin } = settings.find((setting) => setting.name === 'shared_buffers')!;
  const needed = Math.ceil((parseMebibytes(value, '8kB') ?? 0) + segments.mebibytes + OWN_MEMORY);
  if (needed <= memoryLimit.mebibytes) return [];
  const shortage = `${needed} MiB are needed, the limit is ${memoryLimit.mebibytes} MiB`;
  return origin === 'user' ? [{ prop: `parameters["${name}"]`, value, detail: shortage }]
    : [{ prop: 'resources.memory', value: memory.text, detail: `${shortage}; ${smallestMemory()} MiB are enough` }];
}

/** The smallest memory that has room for what is derived from it. */
function smallestMemory(): number {
  let memory = 1;
  while (sharedBuffers(memory) + sharedMemory(memory) + OWN_MEMORY > memory) memory++;
  return memory;
}

/** What comes on top of the pages does not fit: told once, of the parameter that asks for most. */
export function sharedMemoryTooLarge(plan: Plan): Offence[] {
  const { mebibytes: limit } = plan.resources.memoryLimit;
  const texts = textsOf(plan);
  const needed = estimatedMemory(plan, texts) + OWN_MEMORY;
  if (needed <= limit || sharedBuffersTooLarge(plan).length > 0) return [];
  const [most] = plan.settings.filter(({ name, origin }) => origin === 'user' && SHARED.includes(name))
    .map(({ name, value }) => ({ name, value, without: estimatedMemory(plan, new Map([...texts].filter(([other]) => other !== name))) }))
    .sort((a, b) => a.without - b.without);
  return most === undefined ? [] : [{
    prop: `parameters["${most.name}"]`, value: most.value, detail: `about ${needed} MiB are needed, the limit is ${limit} MiB; without it about ${most.without + OWN_MEMORY} MiB`,
  }];
}

/** What the server will say of `shared_memory_size`, about. */
export function estimatedMemory({ version: { major }, initdb }: Plan, texts: Texts): number {
  const mebibytes = (name: string): number => parseMebibytes(texts.get(name) ?? '0', '8kB') ?? 0;
  const pages = mebibytes('shared_buffers');
  const log = parseMebibytes(texts.get('wal_buffers') ?? '-1', '8kB') ?? -1;
  return sharedMemorySize({
    sharedBuffers: pages,
    walBuffers: log < 0 ? Math.min(pages / 32, initdb.walSegmentMebibytes) : log,
    caches: CACHES.reduce((sum, name) => sum + mebibytes(name), 0),
    backends: processes(major, texts).reduce((sum, { count }) => sum + count, 0),
    prepared: counted(texts, 'max_prepared_transactions'),
    locks: counted(texts, 'max_locks_per_transaction'),
    predicateLocks: counted(texts, 'max_pred_locks_per_transaction'),
    activityKibibytes: 1024 * (parseMebibytes(texts.get('track_activity_query_size') ?? '1kB', 'B') ?? 0),
    ioHandles: major >= 18 ? Math.max(0, counted(texts, 'io_max_concurrency')) : 0,
  });
}

/** More processes than the server has numbers for. It names one parameter and means the sum. */
export function tooManyProcesses(plan: Plan): Offence[] {
  const { major } = plan.version;
  const texts = textsOf(plan);
  const all = processes(major, texts);
  const sum = all.reduce((total, { count }) => total + count, 0);
  // the server's own count has the launcher of autovacuum in it, and from 17 on the worker that copies slots
  const most = major >= 17 ? 262141 : 262142;
  if (sum <= most) return [];
  const [{ name }, ...others] = [...all].sort((a, b) => b.count - a.count);
  return [{
    prop: `parameters["${name}"]`, value: texts.get(name) ?? '', detail: `with ${others.map((other) => `\`${other.name}\``).join(', ')} they are ${sum} processes, at most ${most} can be`,
  }];
}

/** Values by lower-case names. */
export const textsOf = perPlan(({ settings }): Texts => new Map(settings.map(({ name, value }) => [name, value])));

/** Processes that can be in a transaction. */
function processes(major: number, texts: Texts): { readonly name: string; readonly count: number }[] {
  const names = ['max_connections', major >= 18 ? 'autovacuum_worker_slots' : 'autovacuum_max_workers', 'max_worker_processes', 'max_wal_senders'] as const;
  return names.map((name) => ({ name, count: counted(texts, name) }));
}

function counted(texts: Texts, name: keyof typeof COUNTS): number {
  return parseCount(texts.get(name) ?? '') ?? COUNTS[name];
}
