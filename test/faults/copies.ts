import { Pod, copiedClaim } from '../support/pod';
import { removeTemporary } from '../support/pod/temporary';
import type { Server } from '../support/servers';

/** What a server has read from a copy, or why none could. */
export interface CopyRead {
  readonly rows: ReadonlySet<number>;
  readonly problem?: string;
}

/**
 * By what it has noted of itself, as after a crash, or along the newest timeline that it has heard of: one that was killed may have received more than
 * its control file tells, and one that was not may have received of the newer one nothing but its name.
 */
const WAYS = ['crash', 'archive'] as const;

/** Longest time until all that it has is replayed. */
const LONGEST_START = 60;

/** Nobody reaches it: there is no network, and its socket is in its own folder. The settings, and whom it followed, are those of the pods, which it has no need of. */
const READ = String.raw`
set -eu
cd /var/lib/postgresql
rm -rf postmaster.pid standby.signal recovery.signal postgresql.auto.conf pg_replslot/*
printf 'local all all trust\n' >pg_hba.conf
printf '%s\n' "listen_addresses = ''" "unix_socket_directories = '/var/lib/postgresql'" 'shared_buffers = 16MB' 'dynamic_shared_memory_type = mmap' \
  'hot_standby = off' 'autovacuum = off' 'fsync = off' "restore_command = 'false'" >postgresql.conf
if [ "$1" = archive ]; then : >recovery.signal; fi
pg_ctl -D . -s -w -t ${LONGEST_START} -l started.log start >&2 || { grep -E 'FATAL|PANIC|ERROR' started.log >&2; exit 1; }
psql -X -At -v ON_ERROR_STOP=1 -h /var/lib/postgresql -U postgres -d postgres -c 'SELECT id FROM rows'
pg_ctl -D . -s -m immediate stop`;

/** Which of these rows a set-aside copy has, as a server of its own says. What is opened is a copy of it: looking changes nothing. */
export async function rowsInCopy(copy: string, rows: readonly number[], server: Server): Promise<CopyRead> {
  const found = new Set<number>();
  const problems: string[] = [];
  for (const way of WAYS) {
    const { stdout, stderr, status } = await open(copy, way, server);
    if (status !== 0) problems.push(`${way}: ${stderr.trim().split('\n').pop()}`);
    for (const id of stdout.split('\n').filter(Boolean)) found.add(Number(id));
    if (rows.every((id) => found.has(id))) break;
  }
  return { rows: found, ...problems.length === WAYS.length ? { problem: problems.join('; ') } : {} };
}

async function open(copy: string, way: typeof WAYS[number], server: Server): Promise<{ stdout: string; stderr: string; status: number | null }> {
  const claim = copiedClaim(copy);
  let pod: Pod | undefined;
  try {
    pod = await Pod.start({ server, mounts: [{ kind: 'directory', host: claim, path: '/var/lib/postgresql' }] });
    return await pod.exec(['bash', '-c', READ, 'read', way]);
  } finally {
    await pod?.end();
    removeTemporary(claim);
  }
}
