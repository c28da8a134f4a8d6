import { estimatedMemory, textsOf } from '../../src/plan/rules/server-sums';
import { PostgresVersion } from '../../src/version';
import { Pod } from '../support/pod';
import { codesOf, planOf } from '../support/props';
import { servers } from '../support/servers';

jest.setTimeout(180_000);

/** How far the estimate of the server's shared memory may be from what the server says, of which it is this share or that many mebibytes. */
const ERROR = { share: 0.1, mebibytes: 2 };
/** Numbers that the server counts with, each far from its default, and the least and the most of everything together. */
const REQUESTS: readonly Readonly<Record<string, string>>[] = [
  {},
  { shared_buffers: '8GB' },
  { max_connections: '1000' },
  { max_connections: '20000' },
  { wal_buffers: '1GB' },
  { wal_buffers: '64kB', shared_buffers: '1MB', max_connections: '10', max_wal_senders: '0', max_locks_per_transaction: '10', max_pred_locks_per_transaction: '10' },
  { max_locks_per_transaction: '1000000' },
  { max_locks_per_transaction: '3000', max_prepared_transactions: '5000' },
  { max_pred_locks_per_transaction: '10000' },
  { max_prepared_transactions: '10000' },
  { max_worker_processes: '10000', max_wal_senders: '10000' },
  { autovacuum_max_workers: '10000' },
  { track_activity_query_size: '1MB', max_connections: '500' },
];
const OF_17: typeof REQUESTS = [{ transaction_buffers: '1GB', notify_buffers: '256MB' }];
const OF_18: typeof REQUESTS = [{ autovacuum_worker_slots: '10000' }, { io_max_concurrency: '1024' }, { io_max_concurrency: '1024', max_connections: '2000' }];

const VERSIONS = [PostgresVersion.V15, PostgresVersion.V16, PostgresVersion.V17, PostgresVersion.V18];
const COUNTED = /^(max_|autovacuum_|wal_buffers|shared_buffers|track_activity|io_max|huge_pages|[a-z]+_buffers)/;

describe.each(servers.map((server) => [String(server), server] as const))('%s', (_, server) => {
  const { major } = server;
  const version = VERSIONS.find((one) => one.major === String(major))!;
  let pod: Pod;

  beforeAll(async () => {
    pod = await Pod.start({ server, mounts: [{ path: '/tmp', kind: 'memory' }] });
    expect((await pod.exec(['initdb', '-D', '/tmp/data', '--no-sync', '--no-locale'])).status).toBe(0);
  });

  /** What the server would ask of the kernel, or why it would not start. */
  async function ask(parameters: Readonly<Record<string, string>>): Promise<{ readonly mebibytes: number; readonly said: string }> {
    const settings = [...textsOf(planOf({ version, parameters }))].filter(([name]) => COUNTED.test(name)).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const { stdout, stderr } = await pod.exec(['postgres', '-D', '/tmp/data', ...settings, '-C', 'shared_memory_size']);
    return { mebibytes: Number.parseInt(stdout, 10), said: stderr };
  }

  test('has as many processes as the rules let it have, and not one more', async () => {
    for (const name of ['max_connections', 'max_worker_processes', 'max_wal_senders', major >= 18 ? 'autovacuum_worker_slots' : 'autovacuum_max_workers']) {
      let [legal, illegal] = [100, 262143];
      while (illegal - legal > 1) {
        const middle = Math.floor((legal + illegal) / 2);
        if (codesOf({ version, parameters: { [name]: `${middle}` } }).includes('PG1308')) illegal = middle;
        else legal = middle;
      }
      // the bounds of the parameter itself come first
      const bounded = codesOf({ version, parameters: { [name]: `${illegal}` } }).includes('PG1302');
      if (!bounded) expect((await ask({ [name]: `${illegal}` })).said).toMatch(/invalid value for parameter "max_|too many (backends|server processes) configured/);
      expect((await ask({ [name]: `${legal}` })).said).toBe('');
    }
  });

  test('asks for about the shared memory that the rules say', async () => {
    const far: object[] = [];
    for (const parameters of [...REQUESTS, ...major >= 17 ? OF_17 : [], ...major >= 18 ? OF_18 : []]) {
      const plan = planOf({ version, parameters });
      const { mebibytes, said } = await ask(parameters);
      const estimated = estimatedMemory(plan, textsOf(plan));
      const near = Math.abs(estimated - mebibytes) <= Math.max(mebibytes * ERROR.share, ERROR.mebibytes);
      if (!near) far.push({ parameters, said, estimated, mebibytes });
    }
    expect(far).toEqual([]);
  });
});
