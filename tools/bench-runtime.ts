/**
 * Measures what the scripts cost, on real servers of this machine in pods of the tests' harness: a clone beside one by hand, a normal start,
 * the primary's way from one pod to another and back after it was lost, commits that wait for replicas, and what runs while nothing happens.
 * A missed goal is told, not failed: machines are noisy. A row that was confirmed and is lost fails.
 *
 * usage: npm run bench:runtime -- [--json] [--part clone|start|switchover|failover|return|synchronous|idle]... [--major N] [--mebibytes N] [--pairs N]
 *   [--runs N] [--scale N] [--load N] [--seconds N]
 */
import * as os from 'node:os';
import { parseArgs } from 'node:util';
import { wholeNumber } from './bench/arguments';
import { measureClones } from './bench/clone';
import { measureFailovers } from './bench/failover';
import { measureIdle } from './bench/idle';
import { measureReturns } from './bench/returning';
import { renderRuntimeReport, RuntimeReport } from './bench/runtime-report';
import { measureStarts } from './bench/start';
import { measureSwitchovers } from './bench/switchover';
import { measureSynchronous } from './bench/synchronous';
import { Pod } from '../test/support/pod';
import { server } from '../test/support/servers';

const PARTS = ['clone', 'start', 'switchover', 'failover', 'return', 'synchronous', 'idle'];

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
      scale: { type: 'string', default: '20' },
      // of pgbench at a time
      load: { type: 'string', default: '15' },
      seconds: { type: 'string', default: '120' },
    },
  });
  const unknown = values.part.filter((part) => !PARTS.includes(part));
  if (unknown.length > 0) throw new Error(`there is no part ${unknown.join(', ')}: ${PARTS.join(', ')} are known`);
  const number = (option: 'major' | 'mebibytes' | 'pairs' | 'runs' | 'scale' | 'load' | 'seconds'): number => wholeNumber(option, values[option]);
  const measured = server(number('major'));
  const { major } = measured;
  const wanted = async <T>(part: string, measure: () => Promise<T>): Promise<T | undefined> => (values.part.includes(part) ? measure() : undefined);
  const [{ model }] = os.cpus();
  const [loadBefore] = os.loadavg();
  const report: RuntimeReport = {
    clones: await wanted('clone', async () => measureClones(major, number('mebibytes'), number('pairs'))),
    starts: await wanted('start', async () => measureStarts(major, number('runs'))),
    switchovers: await wanted('switchover', async () => measureSwitchovers(major, number('runs'), number('scale'))),
    failovers: await wanted('failover', async () => measureFailovers(major, number('runs'))),
    returns: await wanted('return', async () => measureReturns(major, number('mebibytes'), number('pairs'), Math.min(5, number('load')))),
    synchronous: await wanted('synchronous', async () => measureSynchronous(major, number('scale'), number('load'), number('pairs'))),
    idle: await wanted('idle', async () => measureIdle(major, number('seconds'))),
    machine: { server: String(measured), cpus: os.cpus().length, model, loadBefore, loadAfter: os.loadavg()[0] },
  };
  process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : renderRuntimeReport(report));
}

main().catch((reason: unknown) => {
  process.stderr.write(`${reason instanceof Error ? reason.message : String(reason)}\n`);
  process.exitCode = 1;
}).finally(async () => Pod.endAll());
