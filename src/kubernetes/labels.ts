import { perPlan } from '../plan/per-plan';
import type { Plan } from '../plan/plan';

export const CLUSTER_LABEL = 'cdk8s-postgres/cluster';
export const COMPONENT_LABEL = 'cdk8s-postgres/component';
export const BACKUP_LABEL = 'cdk8s-postgres/backup';

const SYNC_OPTIONS = 'argocd.argoproj.io/sync-options';
const COMPARE_OPTIONS = 'argocd.argoproj.io/compare-options';

/** What the server's pods are selected by. Immutable in Kubernetes: never a label of the user's, never a version. */
export function selectorLabels(plan: Plan): Record<string, string> {
  return selectorLabelsOf(plan.name);
}

/** Also of a database that another program makes. */
export function selectorLabelsOf(name: string): Record<string, string> {
  return { [CLUSTER_LABEL]: name, [COMPONENT_LABEL]: 'server' };
}

/** The pods of one backup, which no selector of the servers matches. */
export function backupLabels(plan: Plan, id: string): Record<string, string> {
  return { ...jobsOfBackup(plan, id), [COMPONENT_LABEL]: 'backup' };
}

/** The pods that restore what this backup has written. */
export function restoreLabels(plan: Plan, id: string): Record<string, string> {
  return { ...jobsOfBackup(plan, id), [COMPONENT_LABEL]: 'restore' };
}

/** All pods that mount the claim of this backup. */
export function jobsOfBackup(plan: Plan, id: string): Record<string, string> {
  return { [CLUSTER_LABEL]: plan.name, [BACKUP_LABEL]: id };
}

/** Labels for people and tools: nothing selects on them. */
export function descriptiveLabels(plan: Plan): Record<string, string> {
  return {
    ...plan.labels,
    'app.kubernetes.io/name': 'postgresql',
    'app.kubernetes.io/instance': plan.name,
    'app.kubernetes.io/component': 'database',
    'app.kubernetes.io/managed-by': 'cdk8s-postgres',
  };
}

/** Every object carries these; the cluster label finds all objects of one database. */
export const objectLabels = perPlan((plan): Readonly<Record<string, string>> => ({ ...descriptiveLabels(plan), [CLUSTER_LABEL]: plan.name }));

/** Makes Argo CD, Flux and Helm leave an object alone that the program no longer has. */
export const keepAnnotations = perPlan(({ annotations }): Readonly<Record<string, string>> => {
  // Lists of options: the user's others stay.
  const others = (list: string, ours: RegExp): string[] => Object.entries(annotations)
    .flatMap(([key, options]) => key === list ? options.split(',') : [])
    .map((option) => option.trim())
    .filter((option) => !ours.test(option));
  return {
    ...annotations,
    [SYNC_OPTIONS]: [...others(SYNC_OPTIONS, /^(Prune=.*|Delete=.*|)$/), 'Prune=false', 'Delete=false'].join(','),
    // An object that is kept although the program no longer has it would leave the application out of sync for ever.
    [COMPARE_OPTIONS]: [...others(COMPARE_OPTIONS, /^(IgnoreExtraneous|)$/), 'IgnoreExtraneous'].join(','),
    'kustomize.toolkit.fluxcd.io/prune': 'disabled',
    'helm.sh/resource-policy': 'keep',
  };
});
