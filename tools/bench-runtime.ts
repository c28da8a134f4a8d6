/**
 * Measures what the scripts cost, on real servers of this machine in pods of the tests' harness: a clone beside one by hand, a normal start,
 * and what runs while nothing happens. A missed goal is told, not failed: machines are noisy.
 *
 * usage: npm run bench:runtime -- [--json] [--part clone|start|idle]... [--major N] [--mebibytes N] [--pairs N] [--runs N] [--seconds N]
 */
import * as os from 'node:os';
import { parseArgs } from 'node:util';
import { wholeNumber } from './bench/arguments';
import { measureClones } from './bench/clone';
import { measureIdle } from './bench/idle';
import { renderRuntimeReport, RuntimeReport } from './bench/runtime-report';
import { measureStarts } from './bench/start';
import { Pod } from '../test/support/pod';
import { server } from '../test/support/servers';

const PARTS = ['clone', 'start', 'idle'];

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      part: { type: 'string', multiple: true, default: PARTS },
      major: { type: 'string', default: '18' },
      // of a small one the start of the server itself, half a second, would be a large part
      mebibytes: { type: 'string', default: '1500' },
      pairs: { type: 'string', default: '5' },
      runs: { type: 'string', default: '9' },
      seconds: { type: 'string', default: '120' },
    },
  });
  const unknown = values.part.filter((part) => !PARTS.includes(part));
  if (unknown.length > 0) throw new Error(`there is no part ${unknown.join(', ')}: ${PARTS.join(', ')} are known`);
  const number = (option: 'major' | 'mebibytes' | 'pairs' | 'runs' | 'seconds'): number => wholeNumber(option, values[option]);
  const measured = server(number('major'));
  const [{ model }] = os.cpus();
  const [loadBefore] = os.loadavg();
  const report: RuntimeReport = {
    clones: values.part.includes('clone') ? await measureClones(measured.major, number('mebibytes'), number('pairs')) : undefined,
    starts: values.part.includes('start') ? await measureStarts(measured.major, number('runs')) : undefined,
    idle: values.part.includes('idle') ? await measureIdle(measured.major, number('seconds')) : undefined,
    machine: { server: String(measured), cpus: os.cpus().length, model, loadBefore, loadAfter: os.loadavg()[0] },
  };
  process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : renderRuntimeReport(report));
}

main().catch((reason: unknown) => {
  process.stderr.write(`${reason instanceof Error ? reason.message : String(reason)}\n`);
  process.exitCode = 1;
}).finally(async () => Pod.endAll());
