import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { PodProcess } from './description';

/** Every process of the PID namespace whose PID 1 is `init` on this machine, zombies included. */
export function processesOf(init: number): PodProcess[] {
  const space = pidNamespace(String(init));
  if (!space) return [];
  const found = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && pidNamespace(name) === space);
  const raw = found.map(read).filter((entry) => entry !== undefined);
  const inside = new Map(raw.map(({ hostPid, pid }) => [hostPid, pid]));
  return raw.map(({ hostParent, ...rest }) => ({ ...rest, parent: inside.get(hostParent) ?? 0 })).sort((a, b) => a.pid - b.pid);
}

function read(hostPid: string): Omit<PodProcess, 'parent'> & { hostParent: number } | undefined {
  try {
    const status = new Map(readFileSync(`/proc/${hostPid}/status`, 'utf8').split('\n').map((line) => {
      const [key, ...value] = line.split(':');
      return [key, value.join(':').trim()];
    }));
    return {
      hostPid: Number(hostPid),
      pid: Number(field(status, 'NSpid').split(/\s+/).pop()),
      hostParent: Number(field(status, 'PPid')),
      name: field(status, 'Name'),
      state: field(status, 'State')[0],
      uid: Number(field(status, 'Uid').split(/\s+/)[0]),
      command: readFileSync(`/proc/${hostPid}/cmdline`, 'utf8').split('\0').slice(0, -1),
    };
  } catch {
    // it ended while we looked
    return undefined;
  }
}

function field(status: Map<string, string>, key: string): string {
  return status.get(key) ?? '';
}

function pidNamespace(hostPid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${hostPid}/ns/pid`);
  } catch {
    return undefined;
  }
}
