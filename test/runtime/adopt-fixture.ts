import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { container } from './fixture';
import { ExecResult, Mount, Pod, temporaryClaim } from '../support/pod';
import { isRoot } from '../support/pod/namespaces';
import { Server } from '../support/servers';

/** How an old image left its database. */
export interface OldDatabase {
  /** The data directory, from the root of the volume. */
  readonly directory: string;
  readonly uid?: number;
  /** The only superuser, POSTGRES_USER of the official image. */
  readonly superuser?: string;
  /** The server was killed. */
  readonly crashed?: boolean;
  /** Configuration lives elsewhere, as in Bitnami's image. */
  readonly withoutConfiguration?: boolean;
}

const OLD = '/old';

/** Makes a claim whose database another image's server has written: one table with a thousand rows. */
export async function oldClaim(server: Server, { directory, uid = 999, superuser = 'postgres', crashed, withoutConfiguration }: OldDatabase): Promise<string> {
  const claim = temporaryClaim();
  const passwd = `old:x:${uid}:${uid}::/:/bin/bash\n`;
  const mounts: Mount[] = [{ path: OLD, kind: 'directory', host: claim }, { path: '/tmp', kind: 'memory' }];
  const pod = await Pod.start({ server, mounts, uid, ...uid === 999 ? {} : { passwd } });
  const data = join(OLD, directory);
  const said = await pod.exec(['bash', '-ec', `
    mkdir -p ${data === OLD ? '/tmp' : data}
    # the root of this volume is not the old server's to change, as that of the official image is
    initdb -D ${OLD}/made -U ${superuser} -A trust --no-sync >/dev/null
    pg_ctl -D ${OLD}/made -o '-c unix_socket_directories=/tmp -c listen_addresses=' -w -l /tmp/log start >/dev/null
    psql -X -q -h /tmp -U ${superuser} -d postgres -c 'CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n' -c 'CREATE DATABASE shop' -c 'ALTER SYSTEM SET work_mem = 5000'
    pg_ctl -D ${OLD}/made -m ${crashed ? 'immediate' : 'fast'} -w stop >/dev/null
    ${withoutConfiguration ? `rm ${OLD}/made/postgresql.conf ${OLD}/made/pg_hba.conf ${OLD}/made/pg_ident.conf` : ''}
  `]);
  await pod.end();
  if (said.status !== 0) throw new Error(`the old database could not be made: ${said.stdout}${said.stderr}`);
  settleOld(claim, directory, uid);
  return claim;
}

/** Puts the data directory where the old image had it. */
function settleOld(claim: string, directory: string, uid: number): void {
  const made = join(claim, 'made');
  if (directory === '.') {
    for (const name of readdirSync(made)) renameSync(join(made, name), join(claim, name));
    rmSync(made, { recursive: true });
    // as the entrypoint of the image does it, running as root; in a user namespace the pod's only user owns it already
    if (isRoot) chownSync(claim, uid, uid);
    chmodSync(claim, 0o700);
    return;
  }
  mkdirSync(join(claim, directory, '..'), { recursive: true });
  if (readdirSync(claim).includes(directory.split('/')[0])) rmSync(join(claim, directory), { recursive: true, force: true });
  renameSync(made, join(claim, directory));
}

/** What is on a claim, to start again from it. */
export function copyOf(claim: string): string {
  const copy = temporaryClaim();
  rmSync(copy, { recursive: true });
  execFileSync('cp', ['--archive', claim, copy]);
  return copy;
}

export const ADOPT = '/opt/cdk8s-postgres/adopt.sh';

export function adopt(pod: Pod, ...options: string[]): Promise<ExecResult> {
  return pod.exec(['bash', ADOPT, ...options]);
}

/** What the container runtime does with an image before 18: a volume of its own hides the folder `data` of ours. */
export function hiding(claim: string): Mount[] {
  return [
    { path: '/var/lib/postgresql/data', kind: 'memory' },
    { path: '/var/lib/postgresql-volume', kind: 'directory', host: claim },
  ];
}

/** A container whose only program is adopt.sh, in a pod that waits: for killing it at its n-th command. */
export function adopting(server: Server, claim: string, killAt: number, mounts: readonly Mount[]): Parameters<typeof Pod.start>[0] {
  const waiting = "printf 'state=waiting\\nsince=1\\nreason=old-layout: \\n' >/run/cdk8s-postgres/state";
  return { ...container(server, { claim, mounts }), command: ['bash', '-c', `${waiting}; exec bash ${ADOPT} --libc=glibc-2.36 --crashed`], killAt };
}
