import type { PodSpec } from 'kubernetes-types/core/v1';
import type { LabelSelector } from 'kubernetes-types/meta/v1';
import { selectorLabels } from './labels';
import type { Plan } from '../plan/plan';

/**
 * Keeps the server's pods apart, whatever their number: a further one must not change the template of the others.
 *
 * What is preferred is an affinity: of several soft spread constraints the scheduler heeds none on a node that lacks one of their labels, so that
 * in a cluster without zones nothing would keep pods off the same host.
 */
export function spreadOfPods(plan: Plan): Pick<PodSpec, 'affinity' | 'topologySpreadConstraints'> {
  const { kind, topologyKeys } = plan.scheduling.spread;
  const labelSelector: LabelSelector = { matchLabels: selectorLabels(plan) };
  switch (kind) {
    case 'unrestricted': return {};
    case 'preferred': return {
      affinity: {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: topologyKeys
            .map((topologyKey) => ({ weight: 100, podAffinityTerm: { topologyKey, labelSelector } })),
        },
      },
    };
    case 'required': return {
      topologySpreadConstraints: topologyKeys.map((topologyKey) => ({ maxSkew: 1, topologyKey, whenUnsatisfiable: 'DoNotSchedule', labelSelector })),
    };
  }
}
