import type { PodDisruptionBudgetSpec } from 'kubernetes-types/policy/v1';
import { objectLabels, selectorLabels } from './labels';
import type { Manifest } from './manifest';
import type { Plan } from '../plan/plan';

/**
 * A drain takes one pod at a time, also where replicas are waited for: the others are enough, unless each is needed, which is a finding. One that is not
 * ready may always go: it serves nobody, and a node with it could otherwise never be drained.
 *
 * @see https://kubernetes.io/docs/tasks/run-application/configure-pdb/
 */
export function podDisruptionBudget(plan: Plan): Manifest {
  const spec: PodDisruptionBudgetSpec = {
    maxUnavailable: 1,
    unhealthyPodEvictionPolicy: 'AlwaysAllow',
    selector: { matchLabels: selectorLabels(plan) },
  };
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: plan.name, labels: objectLabels(plan), annotations: plan.annotations },
    body: { spec },
  };
}
