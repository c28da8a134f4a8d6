import { execFileSync } from 'node:child_process';
import { copyByHand } from './clone';
import { BARE, BEGAN, run, sizeOf, startReplicated, untilStreaming } from './database';
import { force } from './failover';
import { now } from './writer';
import type { Cluster } from '../../test/support/cluster';

/** Seconds until the copy of a lost primary is one that streams again, from the beginning of its container or of the command. */
export interface Return {
  readonly ours: number;
  /** pg_rewind and a server by hand, on an equal directory. */
  readonly rewind: number;
  /** A new copy by hand, without a server. */
  readonly clone: number;
}

export interface Returns {
  readonly returns: readonly Return[];
  readonly mebibytes: number;
}

/** What a person would do by hand: made durable by pg_rewind itself, then started. The recovery that it begins with must drop nothing of the log. */
const BY_HAND = `set -e
copy=/var/lib/postgresql/rewound configuration=/etc/cdk8s-postgres
source="host=$0 user=replicator passfile=/tmp/passfile dbname=postgres"
unset PGPASSWORD
(umask 077 && printf '*:*:*:replicator:%s\\n' "$(<"$configuration/credentials/replication-password")" >/tmp/passfile)
printf "include '%s'\\nwal_keep_size = '1000TB'\\nprimary_slot_name = 'by_hand'\\nprimary_conninfo = '%s'\\n" \\
  "$configuration/settings/postgresql.conf" "$source application_name=by-hand" >/tmp/by-hand.conf
pg_rewind --target-pgdata="$copy" --source-server="$source" --config-file=/tmp/by-hand.conf
touch "$copy/standby.signal"
pg_ctl -D "$copy" -s -w -l /tmp/by-hand.log -o "-c config_file=/tmp/by-hand.conf -c hba_file=$configuration/access/pg_hba.conf \\
  -c ident_file=$configuration/access/pg_ident.conf -c unix_socket_directories=/tmp" start || { cat /tmp/by-hand.log >&2 && exit 1; }`;
const END_BY_HAND = 'pg_ctl -D /var/lib/postgresql/rewound -s -m immediate stop; rm -rf /var/lib/postgresql/rewound';
/** A scale of pgbench is about that many mebibytes. */
const SCALE = 15;

/** Failovers there and back; what the lost primary had written on its side, for so many seconds, nobody else has. */
export async function measureReturns(major: number, mebibytes: number, count: number, seconds: number): Promise<Returns> {
  const pods = await startReplicated(major, BARE);
  try {
    const scale = String(Math.ceil(mebibytes / SCALE));
    await run(pods, 0, ['pgbench', '-U', 'postgres', '-i', '-q', '-s', scale, 'orders']);
    await pods.waitForStreaming({ ordinals: [1], timeout: 300_000 });
    const returns: Return[] = [];
    for (let index = 0; index < count; index++) returns.push(await measureReturn(pods, major, seconds, index));
    return { returns, mebibytes: await sizeOf(pods) };
  } finally {
    await pods.end();
  }
}

async function measureReturn(pods: Cluster, major: number, seconds: number, index: number): Promise<Return> {
  const lost = await diverge(pods, seconds);
  const copy = `${pods.claim(BARE)}/rewound`;
  execFileSync('cp', ['-a', `${pods.claim(lost)}/${major}/docker`, copy]);
  execFileSync('sync', ['-f', copy]);
  // what comes back first gives the log free that the other one needs
  await pods.sql(pods.primary, `SELECT pg_copy_physical_replication_slot('pod_${lost}', 'by_hand')`);
  const found: Partial<Record<keyof Return, number>> = {};
  const ways: readonly (readonly [keyof Return, () => Promise<number>])[] = [
    ['ours', async () => comeBack(pods, lost)], ['rewind', async () => rewindByHand(pods)], ['clone', async () => copyByHand(pods)],
  ];
  // each is the first of all in its turn
  for (let way = 0; way < ways.length; way++) {
    const [name, measure] = ways[(way + index) % ways.length];
    await pods.sql(pods.primary, 'CHECKPOINT');
    found[name] = await measure();
  }
  await run(pods, lost, ['bash', '-c', 'rm -rf /var/lib/postgresql/diverged-*']);
  return found as Return;
}

/** The primary is cut off and goes on, then its node is lost; the other pod is made the primary, and goes on too. The one that was lost. */
async function diverge(pods: Cluster, seconds: number): Promise<number> {
  const [lost, survivor] = [pods.primary, 1 - pods.primary];
  const load = ['pgbench', '-U', 'postgres', '-n', '-c', '8', '-j', '2', '-T', String(seconds), 'orders'];
  // so that the recovery goes through what was written since then, and not through the filling
  for (const ordinal of [lost, survivor]) await pods.sql(ordinal, 'CHECKPOINT');
  pods.cut(survivor);
  await run(pods, lost, load);
  await pods.killPod(lost);
  pods.heal(survivor);
  pods.declare({ primary: survivor });
  await force(pods, survivor);
  await run(pods, survivor, load);
  return lost;
}

async function comeBack(pods: Cluster, lost: number): Promise<number> {
  const [pod] = await Promise.all([pods.startPod(lost), untilStreaming(pods, `orders-db-${lost}`)]);
  const end = now();
  // what makes a pod is not what makes a replica
  const seconds = end - Number(new RegExp(`^${BEGAN}([0-9.]+)$`, 'm').exec(pod.logs())![1]);
  if (!pod.logs().includes('the copy was rewound')) throw new Error(`pod ${lost} came back without a rewind:\n${pod.logs()}`);
  return seconds;
}

async function rewindByHand(pods: Cluster): Promise<number> {
  const start = performance.now();
  await Promise.all([run(pods, BARE, ['bash', '-c', BY_HAND, pods.host(pods.primary)]), untilStreaming(pods, 'by-hand')]);
  const seconds = (performance.now() - start) / 1000;
  await run(pods, BARE, ['bash', '-c', END_BY_HAND]);
  // as soon as the primary knows that nobody uses it
  await pods.waitFor(async () => pods.sql(pods.primary, "SELECT 'gone' FROM pg_drop_replication_slot('by_hand')"), { what: 'the end of a slot' });
  return seconds;
}
