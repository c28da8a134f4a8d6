import fc from 'fast-check';
import * as sizing from '../../src/postgres/sizing';

const room = { memory: 1024, walVolume: 10240, walAlone: false, walSegment: 16, maxConnections: 100 };

test('a gibibyte of memory and ten of storage', () => {
  expect([
    sizing.sharedBuffers(1024), sizing.sharedMemory(1024), sizing.effectiveCacheSize(1024), sizing.workMem(room), sizing.maintenanceWorkMem(1024),
    sizing.maxWalSize(room), sizing.minWalSize(room), sizing.largestMaxWalSize(room),
  ]).toEqual([256, 128, 614, 2, 64, 1024, 256, 5120]);
});

test('the log may fill more of a volume of its own', () => {
  expect(sizing.maxWalSize({ ...room, walAlone: true })).toBe(5120);
});

test('whatever the memory, shared buffers and /dev/shm leave half of it', () => {
  fc.assert(fc.property(fc.integer({ min: 256, max: 2 ** 21 }), (memory) =>
    sizing.sharedBuffers(memory) + sizing.sharedMemory(memory) <= memory / 2 + 64));
});

test('whatever the volume, the default of max_wal_size is a multiple of log files and fits', () => {
  const rooms = fc.record({
    memory: fc.constant(1024),
    walVolume: fc.integer({ min: 1024, max: 2 ** 21 }),
    walAlone: fc.boolean(),
    walSegment: fc.constantFrom(1, 16, 64),
    maxConnections: fc.integer({ min: 1, max: 10000 }),
  });
  fc.assert(fc.property(rooms, (any) => sizing.maxWalSize(any) <= sizing.largestMaxWalSize(any) && sizing.minWalSize(any) <= sizing.maxWalSize(any)));
});
