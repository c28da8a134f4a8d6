import type { Plan, VolumePlan } from './plan';

/** What was decided and by whom, as text for people. */
export function explainPlan(plan: Plan): string {
  const width = Math.max(...plan.settings.map(({ name }) => name.length));
  return [
    `${plan.name}: PostgreSQL ${plan.version.text}, image ${plan.image.reference} as ${plan.image.runAsUser}:${plan.image.runAsGroup}`,
    `database "${plan.database}" owned by "${plan.owner}", passwords from the Secret ${plan.credentials.secretName}`,
    `initdb: ${plan.initdb.provider} ${plan.initdb.locale}, ${plan.initdb.walSegmentMebibytes} MiB log files, checksums on`,
    `storage: ${volume(plan.data)}${plan.wal.map((wal) => `; write-ahead log: ${volume(wal)}`).join('')}`,
    `memory: ${plan.resources.memory.text} reserved, ${plan.resources.memoryLimit.text} at most, ${plan.sharedMemory.text} of it for /dev/shm`,
    `stop: ${plan.stop.fastSeconds} s fast, then immediate, ${plan.stop.graceSeconds} s in all`,
    ...plan.backups.map(({ id, schedule, timeZone, claim }) => `backup ${id}: "${schedule}" in ${timeZone} into the claim ${claim.name}`),
    'settings:',
    ...plan.settings.map(({ name, value, origin, needs }) => `  ${name.padEnd(width)} = ${value}  (${origin}, ${needs})`),
    '',
  ].join('\n');
}

function volume(plan: VolumePlan): string {
  return plan.kind === 'ephemeral' ? 'none, lost with the pod' : `${plan.size.text} ${plan.storageClasses.join('') || 'of the default class'}`;
}
