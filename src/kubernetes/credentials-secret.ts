import { objectLabels } from './labels';
import type { Manifest } from './manifest';
import type { Plan } from '../plan/plan';

/** Only from the unsafe sources: everywhere else the Secret is somebody else's object. */
export function credentialsSecret(plan: Plan): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: plan.credentials.secretName, labels: objectLabels(plan), annotations: plan.annotations },
    body: { type: 'Opaque', stringData: plan.credentials.values },
  };
}
