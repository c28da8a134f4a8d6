import { ChildProcess, execFile, spawn } from 'node:child_process';
import * as readline from 'node:readline';
import { promisify } from 'node:util';

/** A line of output and the second at which it came. */
export interface Line {
  readonly text: string;
  readonly at: number;
}

/** Seconds of this machine's clock. */
export function now(): number {
  return (performance.timeOrigin + performance.now()) / 1000;
}

/** The kubectl of the PATH with the cluster of KUBECONFIG, in one namespace. */
export class Kubectl {
  private readonly followers = new Set<ChildProcess>();

  public constructor(private readonly namespace: string) {}

  public async run(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)('kubectl', ['--namespace', this.namespace, ...args], { maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  }

  public async apply(manifests: readonly object[]): Promise<void> {
    const applied = promisify(execFile)('kubectl', ['--namespace', this.namespace, 'apply', '-f', '-']);
    applied.child.stdin!.end(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests }));
    await applied;
  }

  /** Collects the lines of a command that goes on until it ends or `stop()` is called. */
  public follow(...args: string[]): { readonly lines: readonly Line[]; readonly ended: Promise<void> } {
    const child = spawn('kubectl', ['--namespace', this.namespace, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
    this.followers.add(child);
    const lines: Line[] = [];
    readline.createInterface({ input: child.stdout }).on('line', (text) => lines.push({ text, at: now() }));
    return { lines, ended: new Promise((resolve) => child.on('close', () => { this.followers.delete(child); resolve(); })) };
  }

  /** Ends everything that is still followed. */
  public stop(): void {
    for (const follower of this.followers) follower.kill();
  }
}
