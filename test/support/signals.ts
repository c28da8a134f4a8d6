import type { PodProcess } from './pod';

export function signalBelow(pid: number, processes: readonly PodProcess[], signal: NodeJS.Signals): void {
  for (const found of below(pid, processes)) sendSignal(found, signal);
}

/** A process and all that it has started. */
function below(pid: number, processes: readonly PodProcess[]): PodProcess[] {
  const children = processes.filter(({ parent }) => parent === pid);
  return [...processes.filter((found) => found.pid === pid), ...children.flatMap((child) => below(child.pid, processes))];
}

/** Does nothing to one that has ended meanwhile. */
export function sendSignal({ hostPid }: PodProcess, signal: NodeJS.Signals): void {
  try {
    process.kill(hostPid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
