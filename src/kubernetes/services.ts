import type { ServiceSpec } from 'kubernetes-types/core/v1';
import { filled } from './filled';
import { objectLabels, selectorLabels } from './labels';
import type { Manifest } from './manifest';
import { headlessServiceName, podName, PORT, PORT_NAME, readServiceName } from './names';
import type { Plan } from '../plan/plan';

const port = { name: PORT_NAME, port: PORT, targetPort: PORT_NAME, protocol: 'TCP' as const };

/**
 * Gives every pod its DNS name, also while it is not ready: peers must find a pod that is still starting.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/service/#headless-services
 */
export function headlessService(plan: Plan): Manifest {
  const spec: ServiceSpec = {
    type: 'ClusterIP',
    clusterIP: 'None',
    publishNotReadyAddresses: true,
    selector: selectorLabels(plan),
    ports: [port],
  };
  return service(plan, headlessServiceName(plan), spec);
}

/** Where clients read and write: the pod that is declared the primary. */
export function primaryService(plan: Plan): Manifest {
  const spec: ServiceSpec = {
    type: 'ClusterIP',
    selector: primarySelector(plan),
    ports: [port],
  };
  return service(plan, plan.name, spec);
}

/** Where clients read: every pod that is ready, the primary among them. A selector cannot leave one pod out. */
export function readService(plan: Plan): Manifest {
  const spec: ServiceSpec = {
    type: 'ClusterIP',
    selector: selectorLabels(plan),
    ports: [port],
  };
  return service(plan, readServiceName(plan), spec);
}

/** The pod that is declared the primary. */
export function primarySelector(plan: Plan): Record<string, string> {
  return { ...selectorLabels(plan), 'statefulset.kubernetes.io/pod-name': podName(plan, plan.primaryOrdinal) };
}

function service(plan: Plan, name: string, spec: ServiceSpec): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, labels: objectLabels(plan), annotations: plan.platform.serviceAnnotations },
    body: { spec: { ...spec, ...ipFamilies(plan) } },
  };
}

/** Left out unless told: the cluster's own default is one address of its first family. */
export function ipFamilies({ platform }: Plan): Pick<ServiceSpec, 'ipFamilies' | 'ipFamilyPolicy'> {
  return filled({
    ...Object.fromEntries(platform.ipFamilyPolicies.map((policy) => ['ipFamilyPolicy', policy])),
    ipFamilies: [...platform.ipFamilies],
  });
}
