import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { renderRuntimeReport, RuntimeReport } from '../../tools/bench/runtime-report';
import { startIn } from '../../tools/bench/start';
import { partsIn } from '../../tools/bench/switchover';
import { longestGap } from '../../tools/bench/writer';

jest.setTimeout(900_000);

const root = join(__dirname, '../..');
const machine = { server: 'PostgreSQL 18', cpus: 2, model: 'a processor', loadBefore: 0, loadAfter: 1 };

test('the tool measures every part on a small database', async () => {
  const tiny = ['--mebibytes', '2', '--pairs', '1', '--runs', '1', '--scale', '1', '--load', '1', '--seconds', '2'];
  const { stdout } = await promisify(execFile)(process.execPath, ['-r', 'ts-node/register/transpile-only', 'tools/bench-runtime.ts', '--json', ...tiny], {
    cwd: root, env: { ...process.env, TS_NODE_PROJECT: 'tools/tsconfig.json', TS_NODE_PREFER_TS_EXTS: 'true' },
  });
  const { clones, starts, idle, ...moving } = JSON.parse(stdout) as RuntimeReport;
  expect(clones!.mebibytes).toBeGreaterThan(10);
  expect(clones!.pairs).toEqual([{ ours: expect.any(Number), baseline: expect.any(Number) }]);
  for (const { whole, server, scripts } of [...starts!.single, ...starts!.replica]) {
    expect(Math.min(whole, server, scripts)).toBeGreaterThan(0);
    expect(server + scripts).toBeCloseTo(whole, 3);
  }
  expect(idle!.map(({ what }) => what)).toEqual(['supervisor of a primary', 'agent of a primary', 'supervisor of a replica', 'agent of a replica']);
  for (const { resident, proportional } of idle!) expect(resident).toBeGreaterThan(proportional);
  for (const { gap, moved, parts } of [...moving.switchovers!.idle, ...moving.switchovers!.loaded]) {
    // a client may hear late of its last row, but not so late as the next primary is told to promote itself
    expect(gap).toBeGreaterThan(parts.promotion);
    expect(Object.values(parts).reduce((seconds, part) => seconds + part, 0)).toBeLessThan(moved);
  }
  expect(moving.failovers).toHaveLength(1);
  expect(moving.failovers![0].write).toBeLessThan(moving.failovers![0].command);
  expect(moving.returns!.returns).toEqual([{ ours: expect.any(Number), rewind: expect.any(Number), clone: expect.any(Number) }]);
  expect(moving.synchronous).toEqual([{ ours: expect.any(Number), baseline: expect.any(Number) }]);
});

test('the longest time without a row begins with the last one before', () => {
  const commits = [9.5, 9.9, 10.4, 10.5].map((at, row) => ({ row, ordinal: 0, at }));
  expect(longestGap(commits, 10, 10.6)).toBeCloseTo(0.5);
  expect(longestGap(commits, 10, 11.5)).toBeCloseTo(1);
});

test('the logs of both pods tell where the time of a hand-over went', () => {
  const old = [
    '2026-01-01 00:00:00.000 UTC [7] LOG:  received fast shutdown request',
    '2026-01-01 00:00:00.040 UTC [7] LOG:  database system is shut down',
    '2026-01-01 00:00:00.100 UTC [9] LOG:  database system is ready to accept read-only connections',
  ].join('\n');
  const fresh = '2026-01-01 00:00:00.150 UTC [7] LOG:  received promote request';
  const parts = partsIn(old, fresh, Date.parse('2026-01-01T00:00:00.180Z') / 1000);
  expect(Object.values(parts).map((seconds) => seconds.toFixed(2))).toEqual(['0.04', '0.06', '0.05', '0.03']);
  expect(() => partsIn(old, '', 1)).toThrow('do not tell how the hand-over went');
});

test('the scripts\' part of a start is what the server did not take', () => {
  const log = [
    'container began at 1767225600.100000',
    '2026-01-01T00:00:00.110Z orders-db-0 supervisor: starting',
    '2026-01-01T00:00:00.300Z orders-db-0 supervisor: recovering: the server was started and does not accept connections yet',
    '2026-01-01 00:00:00.850 UTC [7] LOG:  database system is ready to accept connections',
    '2026-01-01T00:00:00.900Z orders-db-0 supervisor: running',
  ].join('\n');
  const { whole, server, scripts } = startIn(log);
  expect([whole.toFixed(3), server.toFixed(3), scripts.toFixed(3)]).toEqual(['0.800', '0.550', '0.250']);
  expect(() => startIn(log.replace('supervisor: recovering', 'supervisor: waiting'))).toThrow('does not tell how the start went');
});

test('the report tells medians, extremes, and goals that were met or missed', () => {
  const start = { whole: 1, server: 0.8, scripts: 0.2 };
  const text = renderRuntimeReport({
    machine,
    clones: { pairs: [{ ours: 2, baseline: 1 }, { ours: 3, baseline: 1 }, { ours: 1, baseline: 1 }], mebibytes: 500.4 },
    starts: { single: [start], replica: [{ ...start, scripts: 0.31 }] },
    idle: [{ what: 'agent of a primary', cpuPerMinute: 0.123, resident: 4, proportional: 1.25 }],
  });
  expect(text.replace(/ {2,}/g, ' | ').split('\n')).toEqual([
    'PostgreSQL 18, 2 × a processor, load 0.0 before and 1.0 after',
    '',
    'clone of 500 MiB | pairs | ratio | ours s | by hand s | goal | verdict',
    'from the empty volume to streaming | 3 | 2.00 (1.00–3.00) | 2.00 (1.00–3.00) | 1.00 (1.00–1.00) | ≤ 1.15 | missed',
    '',
    'normal start | runs | scripts s | server s | whole s | goal | verdict',
    'one instance | 1 | 0.20 (0.20–0.20) | 0.80 (0.80–0.80) | 1.00 (1.00–1.00) | ≤ 0.30 s | met',
    'a replica | 1 | 0.31 (0.31–0.31) | 0.80 (0.80–0.80) | 1.00 (1.00–1.00) | ≤ 0.30 s | missed',
    '',
    'while nothing happens | CPU s a minute | resident MiB | with its share MiB',
    'agent of a primary | 0.12 | 4.0 | 1.3',
    '',
  ]);
});

test('the report tells how the primary moves', () => {
  const handOver = { gap: 0.25, moved: 0.9, parts: { stop: 0.05, back: 0.1, claim: 0.06, promotion: 0.04 } };
  const text = renderRuntimeReport({
    machine,
    // the median is below the goal, the longest is not
    switchovers: { idle: [handOver, { ...handOver, gap: 0.31 }, handOver], loaded: [{ ...handOver, gap: 0.51 }] },
    failovers: [{ write: 0.05, command: 0.2, whole: 0.4 }],
    returns: { returns: [{ ours: 5.8, rewind: 5, clone: 5 }], mebibytes: 1500 },
    synchronous: [{ ours: 700, baseline: 1000 }],
  });
  expect(text.replace(/ {2,}/g, ' | ').split('\n').slice(1)).toEqual([
    '',
    'planned switchover | runs | no row confirmed for s | from the declaration s | goal | verdict',
    'one client | 3 | 0.25 (0.25–0.31) | 0.90 (0.90–0.90) | ≤ 0.30 s | missed',
    'beside pgbench | 1 | 0.51 (0.51–0.51) | 0.90 (0.90–0.90) | ≤ 0.50 s | missed',
    '',
    'of that | the old one stops s | is back as a standby s | is claimed from s | promotion to row s',
    'one client | 0.05 (0.05–0.05) | 0.10 (0.10–0.10) | 0.06 (0.06–0.06) | 0.04 (0.04–0.04)',
    'beside pgbench | 0.05 (0.05–0.05) | 0.10 (0.10–0.10) | 0.06 (0.06–0.06) | 0.04 (0.04–0.04)',
    '',
    'forced failover | runs | promotion to row s | command to row s | command to end s | goal | verdict',
    'a lost node | 1 | 0.05 (0.05–0.05) | 0.20 (0.20–0.20) | 0.40 (0.40–0.40) | ≤ 0.30 s | met',
    '',
    'return of a lost primary, 1500 MiB | runs | ratio | ours s | by hand s | goal | verdict',
    'beside a rewind by hand | 1 | 1.16 (1.16–1.16) | 5.80 (5.80–5.80) | 5.00 (5.00–5.00) | ≤ 1.20 | met',
    'beside a clone by hand | 1 | 1.16 (1.16–1.16) | 5.80 (5.80–5.80) | 5.00 (5.00–5.00) | ≤ 1.15 | missed',
    '',
    'TPC-B, a second | pairs | ratio | synchronous | asynchronous | goal | verdict',
    'one of two replicas confirms | 1 | 0.70 (0.70–0.70) | 700 (700–700) | 1000 (1000–1000) | ≥ 0.75 | missed',
    '',
  ]);
});
