import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { pause, ready, startDatabase } from './database';
import type { Cluster } from '../../test/support/cluster';

/** What a script costs while nothing happens. */
export interface Idle {
  readonly what: string;
  /** Seconds of CPU time in a minute, with those of the programs that it ran and that ended. */
  readonly cpuPerMinute: number;
  /** Mebibytes: what is its own, and with its share of what it has in common with others. */
  readonly resident: number;
  readonly proportional: number;
}

const TICKS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** Supervisor and agent of a primary and of a replica that streams, side by side, for that many seconds. */
export async function measureIdle(major: number, seconds: number): Promise<Idle[]> {
  const pods = await startDatabase(major);
  try {
    pods.declare({ instances: 2 });
    await pods.startPod(1);
    await pods.waitForStreaming({ timeout: 120_000 });
    for (const ordinal of [0, 1]) await ready(pods, ordinal);
    // the first minute has what follows a start
    await pause(Math.min(seconds, 45));
    const scripts = [0, 1].flatMap((ordinal) => scriptsOf(pods, ordinal));
    const before = scripts.map(({ pid }) => ({ cpu: cpuOf(pid), at: performance.now() }));
    await pause(seconds);
    return scripts.map(({ what, pid }, index) => {
      const minutes = (performance.now() - before[index].at) / 60_000;
      return { what, cpuPerMinute: (cpuOf(pid) - before[index].cpu) / minutes, ...memoryOf(pid) };
    });
  } finally {
    await pods.end();
  }
}

function scriptsOf(pods: Cluster, ordinal: number): { readonly what: string; readonly pid: number }[] {
  const role = ordinal === 0 ? 'primary' : 'replica';
  const found = (script: string): number => pods.pod(ordinal).processes().find(({ command }) => command.some((word) => word.endsWith(`/${script}.sh`)))!.hostPid;
  return ['supervisor', 'agent'].map((script) => ({ what: `${script} of a ${role}`, pid: found(script) }));
}

/** User and system time so far, in seconds, of a process and of its children that have ended. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) / TICKS;
}

function memoryOf(pid: number): { readonly resident: number; readonly proportional: number } {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const mebibytes = (field: string): number => Number(new RegExp(`^${field}: +(\\d+) kB$`, 'm').exec(rollup)![1]) / 1024;
  return { resident: mebibytes('Rss'), proportional: mebibytes('Pss') };
}
