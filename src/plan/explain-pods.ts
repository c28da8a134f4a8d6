import type { BackupPlan, Plan, SchedulingPlan, SidecarPlan } from './plan';

/** What holds for the pods and the objects, as lines of text. Of environment variables the names only: a value may be a secret of somebody's. */
export function explainPods(plan: Plan): string[] {
  const { update, podManagement, imagePullSecrets, serviceAccount, platform, mounts, sidecars, environment } = plan;
  return [
    `update: ${update.kind === 'OnDelete' ? update.kind : `${update.kind} from pod ${update.partition} on`}, pods ${podManagement}`,
    `pods: image pulled ${[platform.imagePullPolicy, ...imagePullSecrets.map((name) => `with the Secret ${name}`)].join(' ')}, `
      + `ServiceAccount ${serviceAccount.name}, ${serviceAccount.composed ? 'composed' : 'made by somebody else'}${platform.hostUsers.map((own) => `, hostUsers ${own}`).join('')}`,
    ...nonEmpty('nodes', nodes(plan.scheduling)),
    ...nonEmpty('environment', environment.map(({ name, kind }) => `${name} (${kind})`)),
    ...nonEmpty('mounts', mounts.map(({ volume, path }) => `${volume} at ${path}`)),
    ...sidecars.map(sidecarLine),
    ...nonEmpty('Services', [...platform.ipFamilies, ...platform.ipFamilyPolicies]),
    ...nonEmpty('wave of Argo CD', platform.syncWaves.map(String)),
    ...nonEmpty('labels', entries(plan.labels)),
    ...nonEmpty('annotations', entries(plan.annotations)),
    ...nonEmpty('annotations of pods', entries(platform.podAnnotations)),
    ...nonEmpty('annotations of Services', entries(platform.serviceAnnotations)),
    ...nonEmpty('acknowledged', entries(plan.acknowledged).filter((entry) => !entry.endsWith('='))),
  ];
}

/** The schedule of a backup, and what is kept. */
export function backupLine({ id, schedule, timeZone, claim, retention, suspended }: BackupPlan): string {
  const { keepLast, daily, weekly, monthly, minimum } = retention;
  return `backup ${id}: "${schedule}" in ${timeZone} into the claim ${claim.name}${suspended ? ', suspended' : ''}, `
    + `keeps the last ${keepLast}, ${daily} daily, ${weekly} weekly, ${monthly} monthly, never fewer than ${minimum}`;
}

function nodes({ nodeSelector, tolerations, priorityClasses }: SchedulingPlan): string[] {
  return [
    ...entries(nodeSelector),
    ...tolerations.map(({ key, values, effects }) => `tolerates ${[key || 'everything', ...values, ...effects].join(' ')}`),
    ...priorityClasses.map((name) => `priority ${name}`),
  ];
}

function sidecarLine({ name, image, ports, mountSocket }: SidecarPlan): string {
  return [`sidecar ${name}: ${image}`, ...ports.map((one) => `port ${one.name} ${one.port}`), ...mountSocket ? ['with the server\'s socket'] : []].join(', ');
}

function entries(map: Readonly<Record<string, string>>): string[] {
  return Object.entries(map).map(([key, value]) => `${key}=${value}`);
}

function nonEmpty(what: string, values: readonly string[]): string[] {
  return values.length === 0 ? [] : [`${what}: ${values.join(', ')}`];
}
