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
