import { isLabelKey, isLabelValue } from '../legal-names';
import type { Plan, ResourcesPlan } from '../plan';
import { error, offence, Offence, Rule, warning } from '../rule';

/** What the notes of every operator agree on: a shutdown checkpoint needs time. */
const SHORTEST_GRACE = 120;

/** Three times what pg_dump with two workers was seen to hold on a small database (21 MiB, 5 more for each further worker): the scripts and the sums come on top. */
const SMALLEST_BACKUP = 64;
/** No program of this kind gets by with less, and 0 of Kubernetes is no limit at all. */
const SMALLEST_SIDECAR = 1;

export const podRules: readonly Rule[] = [
  {
    code: 'PG1401',
    severity: error,
    cause: 'is shorter than a shutdown may take, so that the server would be killed and had to recover',
    cure: `allow at least ${SHORTEST_GRACE} seconds`,
    offences: ({ stop }) => offence(stop.graceSeconds < SHORTEST_GRACE, 'terminationGracePeriod', `${stop.graceSeconds} seconds`),
  },
  {
    code: 'PG1402',
    severity: error,
    cause: 'is not an ordinal that an update can stop at',
    cure: 'use a whole number between 0 and the number of pods; `Rollout.paused()` updates none',
    // what follows from the primary's ordinal is told with that
    offences: ({ update, instances }) => update.kind === 'OnDelete' || update.choice === 'replicasOnly' ? [] : offence(
      !Number.isInteger(update.partition) || update.partition < 0 || update.partition > instances,
      'rollout', update.asked, `there ${instances === 1 ? 'is 1 pod' : `are ${instances} pods`}`,
    ),
  },
  {
    code: 'PG1403',
    severity: error,
    cause: 'is a limit below what is reserved',
    cure: 'raise the limit or lower what is reserved',
    offences: (plan) => everyResources(plan).flatMap(({ prop, resources: { cpu, cpuLimits, memory, memoryLimit } }) => [
      ...offence(memoryLimit.mebibytes < memory.mebibytes, `${prop}.memoryLimit`, memoryLimit.text, `${memory.text} are reserved`),
      ...cpuLimits.flatMap((limit) => offence(millis(limit) < millis(cpu), `${prop}.cpuLimit`, limit, `${cpu} are reserved`)),
    ]),
  },
  {
    code: 'PG1404',
    severity: error,
    cause: 'is not an amount of processing time',
    cure: 'use whole thousandths of a core, at least one',
    offences: (plan) => everyResources(plan).flatMap(({ prop, resources: { cpu, cpuLimits } }) => [
      ...offence(!isAmount(cpu), `${prop}.cpu`, cpu),
      ...cpuLimits.flatMap((limit) => offence(!isAmount(limit), `${prop}.cpuLimit`, limit)),
    ]),
  },
  {
    code: 'PG1405',
    severity: warning,
    cause: 'keeps a failed update from being reverted without deleting the pod by hand',
    cure: 'leave `podManagement` out: the pods keep the order that matters by themselves',
    // of several pods, PG2811 tells it with what else it means there
    offences: ({ podManagement, instances }) => offence(podManagement === 'OrderedReady' && !(instances > 1), 'podManagement', podManagement),
  },
  {
    code: 'PG1406',
    severity: error,
    cause: 'is not a key or value that labels and taints of nodes can have',
    cure: 'use letters, digits, `-`, `_` and `.`, at most 63 of them, and for a key an optional domain and a slash before them',
    offences: ({ scheduling: { nodeSelector, tolerations } }) => [
      ...Object.entries(nodeSelector).flatMap(([key, value]) => [
        ...offence(!isLabelKey(key), 'scheduling.nodeSelector', key),
        ...offence(!isLabelValue(value), `scheduling.nodeSelector["${key}"]`, value),
      ]),
      ...tolerations.flatMap(({ key, values }, index) => [
        // without a key every taint is tolerated, whatever its value
        ...offence(!isLabelKey(key) && (key !== '' || values.length > 0), `scheduling.tolerations[${index}].key`, key),
        ...values.flatMap((value) => offence(!isLabelValue(value), `scheduling.tolerations[${index}].value`, value)),
      ]),
    ],
  },
  {
    code: 'PG1407',
    severity: error,
    cause: 'is an effect that evicts no running pod, so that a duration means nothing',
    cure: 'leave `duration` out or use `TaintEffect.NO_EXECUTE`',
    offences: ({ scheduling: { tolerations } }) => tolerations.flatMap(({ effects, seconds }, index) => seconds.length === 0 ? []
      : effects.flatMap((effect) => offence(effect !== 'NoExecute', `scheduling.tolerations[${index}].effect`, effect))),
  },
  {
    code: 'PG1408',
    severity: error,
    cause: 'is not a time that Kubernetes can count',
    cure: 'use whole seconds',
    offences: (plan) => everyDuration(plan).flatMap(({ prop, seconds }) => offence(!Number.isInteger(seconds), prop, `${seconds} seconds`)),
  },
  {
    code: 'PG1409',
    severity: error,
    cause: 'is less memory than the container can run with, or none, which would mean no limit',
    cure: `use at least ${SMALLEST_BACKUP} MiB for a backup, and ${SMALLEST_SIDECAR} MiB for a sidecar`,
    // the server's own has a rule that counts what the server asks for
    offences: ({ backups, sidecars }) => [
      ...backups.flatMap(({ resources }, index) => tooSmall(`backups[${index}].resources`, resources, SMALLEST_BACKUP)),
      ...sidecars.flatMap(({ resources }, index) => tooSmall(`sidecars[${index}].resources`, resources, SMALLEST_SIDECAR)),
    ],
  },
];

/** A limit that follows from what is reserved, or is below it, is told once. */
function tooSmall(prop: string, { memory, memoryLimit }: ResourcesPlan, smallest: number): Offence[] {
  const reserved = offence(memory.mebibytes < smallest, `${prop}.memory`, memory.text);
  return reserved.length > 0 || memoryLimit.mebibytes < memory.mebibytes ? reserved : offence(memoryLimit.mebibytes < smallest, `${prop}.memoryLimit`, memoryLimit.text);
}

function everyDuration({ stop, backups, scheduling: { tolerations } }: Plan): { readonly prop: string; readonly seconds: number }[] {
  return [
    { prop: 'terminationGracePeriod', seconds: stop.graceSeconds },
    ...backups.flatMap(({ deadlineSeconds, startingDeadlineSeconds }, index) => [
      { prop: `backups[${index}].deadline`, seconds: deadlineSeconds },
      { prop: `backups[${index}].startingDeadline`, seconds: startingDeadlineSeconds },
    ]),
    ...tolerations.flatMap((toleration, index) => toleration.seconds.map((seconds) => ({ prop: `scheduling.tolerations[${index}].duration`, seconds }))),
  ];
}

function everyResources({ resources, backups, sidecars }: Plan): { readonly prop: string; readonly resources: ResourcesPlan }[] {
  return [
    { prop: 'resources', resources },
    ...backups.map((backup, index) => ({ prop: `backups[${index}].resources`, resources: backup.resources })),
    ...sidecars.map((sidecar, index) => ({ prop: `sidecars[${index}].resources`, resources: sidecar.resources })),
  ];
}

function isAmount(cpu: string): boolean {
  return Number.isInteger(millis(cpu)) && millis(cpu) >= 1;
}

function millis(cpu: string): number {
  return cpu.endsWith('m') ? Number(cpu.slice(0, -1)) : Number(cpu) * 1000;
}
