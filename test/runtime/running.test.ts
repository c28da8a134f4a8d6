import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const common = join(__dirname, '../../src/runtime/common.sh');

/** Runs lines of a script that knows what every script of the pod knows. */
function script(...lines: string[]): string {
  const { stdout, stderr } = spawnSync('bash', ['-c', ['. "$1"', ...lines].join('\n'), 'bash', common], { encoding: 'utf8' });
  return stdout + stderr;
}

test('a child that lives is running, and one whose status was taken is not', () => {
  expect(script('sleep 30 & child=$!', 'running "$child" && echo lives', 'kill "$child"; wait "$child"', 'running "$child" || echo ended')).toBe('lives\nended\n');
});

test('a child that has ended is not running, though nobody has taken its status', () => {
  // the second sleep is the parent of the first one, and no parent that asks
  const zombie = ['sh -c "sleep 0.1 & exec sleep 30" & parent=$!', 'sleep 0.5', 'read -r child </proc/$parent/task/$parent/children'];
  expect(script(...zombie, 'kill -0 "$child" && echo there', 'running "$child" || echo ended', 'kill "$parent"')).toBe('there\nended\n');
});
