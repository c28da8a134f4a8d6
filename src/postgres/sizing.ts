/**
 * How PostgreSQL's sizes follow the memory and the volume that it gets. All amounts are whole mebibytes.
 *
 * @see https://www.postgresql.org/docs/current/runtime-config-resource.html
 */
export interface Room {
  readonly memory: number;
  /** Capacity of the volume that holds the write-ahead log. */
  readonly walVolume: number;
  /** Whether nothing but the write-ahead log is on that volume. */
  readonly walAlone: boolean;
  readonly walSegment: number;
  readonly maxConnections: number;
}

const clamp = (low: number, value: number, high: number): number => Math.max(low, Math.min(high, Math.floor(value)));

/** Pages of tables and indexes: a quarter of the memory, as the manual advises for a server that shares its machine with its page cache. */
export function sharedBuffers(memory: number): number {
  return clamp(16, memory / 4, 16 * 1024);
}

/** Segments of parallel queries live in /dev/shm, whose pages count as the container's memory. */
export function sharedMemory(memory: number): number {
  return clamp(64, memory / 8, 4 * 1024);
}

/** What the planner may hope to find in memory: shared buffers and the page cache of the container. */
export function effectiveCacheSize(memory: number): number {
  return clamp(32, memory * 0.6, 1024 * 1024);
}

/** One sort or hash of one session; every session may use several, so all together get a quarter of the memory. */
export function workMem(room: Room): number {
  return clamp(1, room.memory / 4 / room.maxConnections, 64);
}

/** One vacuum or index build; a few run at the same time. */
export function maintenanceWorkMem(memory: number): number {
  return clamp(16, memory / 16, 1024);
}

/** Log that may pile up between two checkpoints: rare checkpoints write less, but the volume must never fill. */
export function maxWalSize(room: Room): number {
  return clamp(8 * room.walSegment, room.walVolume * (room.walAlone ? 0.5 : 0.1), 8 * 1024);
}

/** Log files that are kept for reuse instead of being made anew. */
export function minWalSize(room: Room): number {
  return clamp(2 * room.walSegment, maxWalSize(room) / 4, 1024);
}

/**
 * Log that is kept for replicas that are away. It stands beside what is written until the next checkpoint has removed something, and all of it
 * together must never fill the volume.
 */
export function slotLimit(room: Room, maxWalMebibytes: number): number {
  const share = room.walVolume * (room.walAlone ? 0.5 : 0.25);
  return clamp(room.walSegment, Math.min(share, largestSlotLimit(room, maxWalMebibytes)), share);
}

/** What the log between two checkpoints leaves of the volume, of which a tenth is left free, and a quarter where the data is on it too. */
export function largestSlotLimit(room: Pick<Room, 'walVolume' | 'walAlone'>, maxWalMebibytes: number): number {
  return Math.floor(room.walVolume * (room.walAlone ? 0.9 : 0.75)) - Math.ceil(maxWalMebibytes);
}

/** The largest log between two checkpoints that leaves a volume room to breathe. */
export function largestMaxWalSize(room: Room): number {
  return Math.floor(room.walVolume * (room.walAlone ? 0.8 : 0.5));
}

/** What the size of the shared memory that the server asks for at its start follows from. */
export interface SharedMemoryRequest {
  /** Pages, log buffers and the other caches, in mebibytes. */
  readonly sharedBuffers: number;
  readonly walBuffers: number;
  readonly caches: number;
  /** Processes that can be in a transaction, and transactions that can be prepared. */
  readonly backends: number;
  readonly prepared: number;
  /** For each of both. */
  readonly locks: number;
  readonly predicateLocks: number;
  /** For each process. */
  readonly activityKibibytes: number;
  readonly ioHandles: number;
}

/** Kibibytes of one lock, one predicate lock, one handle for asynchronous reads, and of what else a process or a prepared transaction has. */
const LOCK = 0.394;
const PREDICATE_LOCK = 0.25;
const IO_HANDLE = 0.5;
const PROCESS = 7;

/**
 * An estimate of `shared_memory_size`: the server itself rounds its tables up to powers of two. The weights are fits to what servers from 15 to 18 say;
 * `test/runtime/server-sums.test.ts` asks them, and holds the estimate to within a tenth, or 2 MiB.
 *
 * @see https://www.postgresql.org/docs/current/runtime-config-preset.html#GUC-SHARED-MEMORY-SIZE
 */
export function sharedMemorySize(request: SharedMemoryRequest): number {
  const { backends, activityKibibytes, ioHandles } = request;
  const each = PROCESS + LOCK * request.locks + PREDICATE_LOCK * request.predicateLocks;
  const kibibytes = (backends + request.prepared) * each + backends * (activityKibibytes + IO_HANDLE * ioHandles);
  return Math.ceil(3 + 1.03 * (request.sharedBuffers + request.caches) + request.walBuffers + kibibytes / 1024);
}
