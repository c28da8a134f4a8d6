import type { Client, Connection } from './client';
import { until } from './wait';

/** What a kernel or a library says of packets that nobody answers or that somebody refuses; a server that refuses a login says something else. */
const NO_WAY = /timeout expired|timed out|Connection refused|unreachable|No route to host|prohibited|Permission denied/i;

/** Whether a client gets as far as the server's answer. */
export async function reaches(client: Pick<Client, 'attemptSql'>, connection: Connection): Promise<boolean> {
  const { status, stdout, stderr } = await client.attemptSql(connection, 'SELECT 1');
  if (status === 0 && stdout.trim() === '1') return true;
  if (NO_WAY.test(stderr)) return false;
  throw new Error(`neither reached nor refused by the network: status ${status}, ${stdout}${stderr}`);
}

/** A policy holds a moment after it was applied, and then for good. */
export async function settles(what: string, expected: boolean, ask: () => Promise<boolean>): Promise<void> {
  await until(`${what}: ${expected ? 'reached' : 'refused'}`, 30, async () => (await ask()) === expected);
  for (let again = 0; again < 2; again += 1) expect([what, await ask()]).toEqual([what, expected]);
}
