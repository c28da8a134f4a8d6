/**
 * Measures the library side by side with its baselines, each in whole processes: importing it, synthesizing with it, and, where KUBECONFIG names a
 * cluster, starting and deleting a pod of it. A missed goal is told, not failed: machines are noisy.
 *
 * usage: npm run bench -- [--json] [--part import|synthesis|cluster]... [--pairs N] [--runs N]
 */
import * as os from 'node:os';
import { parseArgs } from 'node:util';
import { wholeNumber } from './bench/arguments';
import { measurePod } from './bench/cluster';
import type { Layout } from './bench/quick-start';
import { Comparison, Duration, renderReport, Report } from './bench/report';
import { measureImport, measureSynthesis } from './bench/synthesis';
import { Workspace } from './bench/workspace';

const PARTS = ['import', 'synthesis', 'cluster'];

/** How many databases, the goal, and how much fewer pairs than of the smallest: large ones are long and steady. */
const SYNTHESES: readonly { readonly count: number; readonly layout: Layout; readonly goal?: number; readonly share: number }[] = [
  { count: 1, layout: 'one chart', share: 1 },
  { count: 100, layout: 'one chart', goal: 1.15, share: 0.6 },
  { count: 100, layout: 'a chart each', share: 0.6 },
  { count: 1000, layout: 'one chart', share: 0.2 },
];

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      part: { type: 'string', multiple: true, default: PARTS },
      pairs: { type: 'string', default: '15' },
      runs: { type: 'string', default: '5' },
    },
  });
  const unknown = values.part.filter((part) => !PARTS.includes(part));
  if (unknown.length > 0) throw new Error(`there is no part ${unknown.join(', ')}: ${PARTS.join(', ')} are known`);

  const loadBefore = os.loadavg()[0];
  const [pairs, runs] = [wholeNumber('pairs', values.pairs), wholeNumber('runs', values.runs)];
  const comparisons: Comparison[] = [];
  const durations: Duration[] = [];
  const notes: string[] = [];
  const workspace = new Workspace();
  try {
    if (values.part.includes('import')) comparisons.push(measureImport(workspace, pairs));
    if (values.part.includes('synthesis')) {
      const fewer = (share: number): number => Math.max(3, Math.round(pairs * share));
      comparisons.push(...SYNTHESES.map(({ count, layout, goal, share }) => measureSynthesis(workspace, count, layout, fewer(share), goal)));
    }
    if (values.part.includes('cluster')) {
      if (process.env.KUBECONFIG === undefined) notes.push('KUBECONFIG is not set: the start and deletion of a pod were not measured.');
      else durations.push(...await measurePod(workspace, runs));
    }
  } finally {
    workspace.remove();
  }
  const [{ model }] = os.cpus();
  const machine = { node: process.version, cpus: os.cpus().length, model, loadBefore, loadAfter: os.loadavg()[0] };
  const report: Report = { machine, comparisons, durations, notes };
  process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : renderReport(report));
}

main().catch((reason: unknown) => {
  process.stderr.write(`${reason instanceof Error ? reason.message : String(reason)}\n`);
  process.exitCode = 1;
});
