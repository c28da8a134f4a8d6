import { spawn } from 'node:child_process';

export interface Result {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Options {
  readonly input?: string;
  /** After that long kubectl is killed and counts as failed. */
  readonly seconds?: number;
}

/** Runs the kubectl of PATH against the cluster of KUBECONFIG, whatever it answers. */
export function attempt(args: readonly string[], { input = '', seconds = 120 }: Options = {}): Promise<Result> {
  if (!process.env.KUBECONFIG) return Promise.reject(new Error('The cluster tests need a cluster: set KUBECONFIG, and have kubectl on PATH.'));
  return new Promise((resolve, reject) => {
    const child = spawn('kubectl', args, { timeout: seconds * 1000, killSignal: 'SIGKILL' });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
    child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text; });
    // kubectl may end before it has read everything.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    child.on('error', (error) => reject(new Error(`kubectl cannot be started: ${error.message}`)));
    child.on('close', (code, signal) => resolve({
      status: code ?? 137, stdout, stderr: signal ? `${stderr}\nkilled: no answer within ${seconds} s` : stderr,
    }));
  });
}

/** Runs kubectl and fails with the command and what it said unless it succeeds. */
export async function kubectl(args: readonly string[], options: Options = {}): Promise<string> {
  const { status, stdout, stderr } = await attempt(args, options);
  if (status !== 0) throw new Error(`kubectl ${args.join(' ')}\nended with status ${status}\n${stderr}${stdout}`.slice(0, 20_000));
  return stdout;
}
