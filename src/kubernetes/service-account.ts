import { objectLabels } from './labels';
import type { Manifest } from './manifest';
import type { Plan } from '../plan/plan';

/** An identity without rights: nothing in the pods talks to the Kubernetes API. */
export function serviceAccount(plan: Plan): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: plan.serviceAccount.name, labels: objectLabels(plan), annotations: plan.annotations },
    body: { automountServiceAccountToken: false },
  };
}
