import type { StatefulSetSpec, StatefulSetUpdateStrategy } from 'kubernetes-types/apps/v1';
import type { PersistentVolumeClaim } from 'kubernetes-types/core/v1';
import { claimSpec } from './claims';
import { filled } from './filled';
import { objectLabels, selectorLabels } from './labels';
import type { Manifest } from './manifest';
import { DATA_VOLUME, headlessServiceName, WAL_VOLUME } from './names';
import { serverPodTemplate } from './pod-template';
import type { Plan, VolumePlan } from '../plan/plan';

/** @see https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/ */
export function statefulSet(plan: Plan): Manifest {
  const claims = [
    ...claimTemplate(plan, DATA_VOLUME, plan.data),
    ...plan.wal.flatMap((wal) => claimTemplate(plan, WAL_VOLUME, wal)),
  ];
  const spec: StatefulSetSpec = filled({
    serviceName: headlessServiceName(plan),
    replicas: plan.instances,
    podManagementPolicy: plan.podManagement,
    revisionHistoryLimit: 10,
    updateStrategy: updateStrategy(plan),
    persistentVolumeClaimRetentionPolicy: plan.claimRetention,
    selector: { matchLabels: selectorLabels(plan) },
    template: serverPodTemplate(plan),
    volumeClaimTemplates: claims,
  });
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: plan.name, labels: objectLabels(plan), annotations: plan.annotations },
    body: { spec },
  };
}

function updateStrategy({ update }: Plan): StatefulSetUpdateStrategy {
  return update.kind === 'OnDelete' ? { type: 'OnDelete' } : { type: 'RollingUpdate', rollingUpdate: { partition: update.partition } };
}

/** Immutable in Kubernetes, except for the size that a runbook changes: no label of the user's, no version. */
function claimTemplate(plan: Plan, name: string, volume: VolumePlan): PersistentVolumeClaim[] {
  if (volume.kind === 'ephemeral') return [];
  return [{
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, labels: selectorLabels(plan) },
    spec: {
      ...claimSpec(volume),
      ...Object.fromEntries(volume.dataSources.map(({ apiGroups, kind, name: source }) => [
        'dataSource', { ...Object.fromEntries(apiGroups.map((group) => ['apiGroup', group])), kind, name: source },
      ])),
    },
  }];
}
