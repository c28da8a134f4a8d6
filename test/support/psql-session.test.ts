import { spawn } from 'node:child_process';
import { PsqlSession } from './psql-session';

/** A program that reads a statement and the question for its code, and goes on with this. */
function answering(script: string): PsqlSession {
  return new PsqlSession({ spawn: () => spawn('bash', ['-c', `read -r; read -r; ${script}`], { stdio: 'pipe' }) });
}

test('a session tells what was printed and the code', async () => {
  const session = answering('echo one; echo =done= 00000; read -r; read -r; echo =done= 25006; sleep 60');
  expect(await session.ask('SELECT 1;')).toEqual({ lines: 'one\n', state: '00000' });
  expect(await session.ask('INSERT')).toEqual({ lines: '', state: '25006' });
  session.end();
  expect(await session.ask('SELECT 1;')).toEqual({ lines: '' });
});

test('a session whose program ends before the answer has none', async () => {
  const session = answering('echo FATAL');
  expect(await session.ask('SELECT 1;')).toEqual({ lines: 'FATAL\n' });
  expect(session.ended).toBe(true);
});

test('a session that has lost its connection is over, though its program waits for more', async () => {
  const session = answering('echo server closed the connection unexpectedly; echo "=done= "; sleep 60');
  expect(await session.ask('SELECT 1;')).toEqual({ lines: 'server closed the connection unexpectedly\n' });
  expect(session.ended).toBe(true);
});
