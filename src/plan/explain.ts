import { explainInside } from './explain-inside';
import { backupLine, explainPods } from './explain-pods';
import type { ExposurePlan, NetworkPlan, PeerPlan, Plan, VolumePlan } from './plan';

/** What was decided and by whom, as text for people. */
export function explainPlan(plan: Plan): string {
  const width = Math.max(...plan.settings.map(({ name }) => name.length));
  return [
    `${plan.name}: PostgreSQL ${plan.version.text}, image ${plan.image.reference} as ${user(plan)}`,
    `passwords from the Secret ${plan.credentials.secretName}, ${madeBy(plan)}`,
    ...explainInside(plan),
    `initdb: ${plan.initdb.provider} ${plan.initdb.locale}, ${plan.initdb.walSegmentMebibytes} MiB log files, checksums on`,
    `storage: ${volume(plan.data)}${plan.wal.map((wal) => `; write-ahead log: ${volume(wal)}`).join('')}; ${claims(plan)}; an empty one: ${plan.emptyVolume}`,
    `instances: ${pods(plan)}`,
    `memory: ${plan.resources.memory.text} reserved, ${plan.resources.memoryLimit.text} at most, ${plan.sharedMemory.text} of it for /dev/shm`,
    `stop: ${plan.stop.fastSeconds} s fast, then immediate, ${plan.stop.graceSeconds} s in all`,
    ...plan.backups.map(backupLine),
    `let in over the network: ${letIn(plan.network)}`,
    `let out over the network: ${letOut(plan.network)}`,
    ...plan.exposure.map((one) => `outside of the cluster: ${one.kind}, ${portOf(one)}, for ${one.sourceRanges.join(', ') || 'everybody'}`),
    ...explainPods(plan),
    'settings:',
    ...plan.settings.map(({ name, value, origin, needs }) => `  ${name.padEnd(width)} = ${value}  (${origin}, ${needs})`),
    '',
  ].join('\n');
}

function user({ image, platform }: Plan): string {
  return platform.assignsUser ? 'the user that the cluster assigns' : `${image.runAsUser}:${image.runAsGroup}`;
}

function pods({ name, instances, primaryOrdinal, replication, scheduling: { spread } }: Plan): string {
  const { slotLimitMebibytes, maximumLagMebibytes, onDivergence, synchronous, quorum } = replication;
  const apart = spread.kind === 'unrestricted' ? 'wherever there is room' : `apart by ${spread.topologyKeys.join(' and ')}, ${spread.kind}`;
  const followed = `${slotLimitMebibytes} MiB of log kept for a replica, read from up to ${maximumLagMebibytes} MiB behind, on divergence ${onDivergence}`;
  const confirmed = `a transaction is confirmed ${synchronous ? `once ${quorum} of ${instances - 1} replicas have it on disk` : 'without waiting for a replica'}`;
  const { switchoverLagMilliseconds: lag, switchoverDelaySeconds: delay } = replication;
  const moved = `the primary moves to one at most ${lag} ms behind, with ${delay} s for its fast shutdown`;
  return [`${instances}, ${name}-${primaryOrdinal} takes writes`, ...instances === 1 ? [] : [confirmed, followed, moved], apart].join('; ');
}

function portOf({ kind, port, nodePorts }: ExposurePlan): string {
  return kind === 'loadBalancer' ? `port ${port}` : `port ${nodePorts.join('') || 'that Kubernetes chooses'} of every node`;
}

function letIn({ access, clients }: NetworkPlan): string {
  const some = { sameNamespace: 'every pod of its own namespace', declared: 'its own pods and Jobs', unrestricted: 'everybody' }[access];
  return access === 'unrestricted' ? some : [some, ...clients.map(({ peer, ports }) => `${nameOf(peer)} at ${ports.map(({ name }) => name).join(', ')}`)].join('; ');
}

function letOut({ access, destinations }: NetworkPlan): string {
  return access === 'unrestricted' ? 'to everywhere'
    : ['to its own pods and to name resolution', ...destinations.map(({ peer, ports }) => `${nameOf(peer)} at ${ports.join(', ')}`)].join('; ');
}

function madeBy({ credentials: { composed, external } }: Plan): string {
  return composed ? 'written from an unsafe source' : external.map(({ store }) => `made from the ${store.kind} ${store.name}`).join('') || 'made by somebody else';
}

function nameOf(peer: PeerPlan): string {
  if (peer.kind === 'range') return peer.addresses;
  if (peer.kind === 'namespace') return `every pod of ${peer.name}`;
  const labels = Object.entries(peer.labels).map(([key, value]) => `${key}=${value}`).join(',');
  return `pods ${[labels, ...peer.namespaces.map((name) => `of ${name}`)].join(' ')}`;
}

function claims({ claimRetention: { whenDeleted, whenScaled } }: Plan): string {
  return `claims: ${whenDeleted} when the StatefulSet is deleted, ${whenScaled} when it is scaled`;
}

function volume(plan: VolumePlan): string {
  return plan.kind === 'ephemeral' ? 'none, lost with the pod' : `${plan.size.text} ${plan.storageClasses.join('') || 'of the default class'}`;
}
