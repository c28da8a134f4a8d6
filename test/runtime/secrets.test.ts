import { readFileSync } from 'node:fs';
import { canLogIn, credentials, serving, sql } from './fixture';
import { Pod } from '../support/pod';
import { servers } from '../support/servers';

jest.setTimeout(180_000);

/** Everything that other processes of the pod could read about its processes. */
function visible(pod: Pod): string {
  return pod.processes().map(({ hostPid }) => {
    try {
      return readFileSync(`/proc/${hostPid}/cmdline`, 'latin1') + readFileSync(`/proc/${hostPid}/environ`, 'latin1');
    } catch {
      return '';
    }
  }).join('\n');
}

test.each(servers)('%s: no password is in an argument, the environment, a statement or the log, not even its verifier', async (postgres) => {
  const log = [
    "log_statement = 'all'", 'log_min_duration_statement = 0', 'log_duration = on', "log_min_error_statement = 'debug5'", "log_min_messages = 'debug1'",
    "log_connections = 'on'", 'debug_print_parse = on', "log_error_verbosity = 'verbose'",
  ].join('\n');
  const secret = (n: number) => `S3cret-${n}-zzyzx`;
  // a variable of that name in the environment must not carry ours to psql
  const env = { PASSWORD: 'x', PROBLEM: 'x' };
  const pod = await serving(postgres, { env, settings: `${log}\n`, credentials: { 'password': secret(0), 'superuser-password': secret(0) } });
  await pod.waitForLog('applied the declared');
  let seen = '';
  let statements = '';
  for (let n = 1; n <= 4; n++) {
    pod.update('/etc/cdk8s-postgres/credentials', { ...credentials, 'password': secret(n), 'superuser-password': secret(n) });
    const until = Date.now() + 1800;
    while (Date.now() < until) {
      seen += visible(pod);
      statements += await sql(pod, "SELECT string_agg(query, ';') FROM pg_stat_activity WHERE pid <> pg_backend_pid()");
    }
  }
  await pod.waitFor(() => canLogIn(pod, 'shop', secret(4)));
  expect(seen).toContain('psql');
  for (const text of [seen, statements, pod.logs()]) {
    expect(text).not.toContain('zzyzx');
    expect(text).not.toContain('SCRAM-SHA-256$');
  }
  expect(pod.logs()).toContain('pg_stat_activity WHERE pid');
  await pod.end();
});
