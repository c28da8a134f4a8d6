import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { renderRuntimeReport, RuntimeReport } from '../../tools/bench/runtime-report';
import { startIn } from '../../tools/bench/start';

jest.setTimeout(600_000);

const root = join(__dirname, '../..');
const machine = { server: 'PostgreSQL 18', cpus: 2, model: 'a processor', loadBefore: 0, loadAfter: 1 };

test('the tool measures clone, start and idle on a small database', async () => {
  const tiny = ['--mebibytes', '2', '--pairs', '1', '--runs', '1', '--seconds', '2'];
  const { stdout } = await promisify(execFile)(process.execPath, ['-r', 'ts-node/register/transpile-only', 'tools/bench-runtime.ts', '--json', ...tiny], {
    cwd: root, env: { ...process.env, TS_NODE_PROJECT: 'tools/tsconfig.json', TS_NODE_PREFER_TS_EXTS: 'true' },
  });
  const { clones, starts, idle } = JSON.parse(stdout) as RuntimeReport;
  expect(clones!.mebibytes).toBeGreaterThan(10);
  expect(clones!.pairs).toEqual([{ ours: expect.any(Number), baseline: expect.any(Number) }]);
  for (const { whole, server, scripts } of [...starts!.single, ...starts!.replica]) {
    expect(Math.min(whole, server, scripts)).toBeGreaterThan(0);
    expect(server + scripts).toBeCloseTo(whole, 3);
  }
  expect(idle!.map(({ what }) => what)).toEqual(['supervisor of a primary', 'agent of a primary', 'supervisor of a replica', 'agent of a replica']);
  for (const { resident, proportional } of idle!) expect(resident).toBeGreaterThan(proportional);
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
