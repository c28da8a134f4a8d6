import { spawnSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { inPairs, Pair } from './statistics';
import type { Workspace } from './workspace';

/** What one whole process took: seconds, and mebibytes at its peak. */
export interface Usage {
  readonly wall: number;
  /** User and system time of all its threads: steadier than wall time where the machine is shared. */
  readonly cpu: number;
  readonly memory: number;
}

/** Told by the process itself as its last act: Node has no resource usage of children. */
const METER = `process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  require('fs').writeSync(3, JSON.stringify({ cpu: (userCPUTime + systemCPUTime) / 1e6, memory: maxRSS / 1024 }));
});
`;

/** Programs in Node, each run in a process of its own. */
export class Programs {
  private readonly meter: string;

  public constructor(workspace: Workspace) {
    this.meter = workspace.write('meter.cjs', METER);
  }

  public run(program: string, ...args: string[]): Usage {
    const start = performance.now();
    const { status, stderr, output } = spawnSync(process.execPath, ['--require', this.meter, program, ...args], {
      encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    });
    const wall = (performance.now() - start) / 1000;
    if (status !== 0) throw new Error(`${program} ended with status ${status}:\n${stderr}`);
    return { wall, ...JSON.parse(output[3]!) as { cpu: number; memory: number } };
  }

  /** One run of each that does not count fills the caches of the machine. */
  public compare(count: number, ours: readonly [string, ...string[]], baseline: readonly [string, ...string[]]): Pair<Usage>[] {
    this.run(...ours);
    this.run(...baseline);
    return inPairs(count, () => this.run(...ours), () => this.run(...baseline));
  }
}
