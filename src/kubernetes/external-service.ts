import type { ServiceSpec } from 'kubernetes-types/core/v1';
import { filled } from './filled';
import { objectLabels } from './labels';
import type { Manifest } from './manifest';
import { PORT_NAME, stableName } from './names';
import { ipFamilies, primarySelector } from './services';
import type { ExposurePlan, Plan } from '../plan/plan';

/**
 * Where clients from outside of the cluster read and write. The Service inside is another one: its type never changes.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types
 */
export function externalService(plan: Plan, exposure: ExposurePlan): Manifest {
  const spec: ServiceSpec = filled({
    ...exposure.kind === 'loadBalancer' ? loadBalancer(exposure) : { type: 'NodePort' },
    externalTrafficPolicy: exposure.trafficPolicy,
    selector: primarySelector(plan),
    ports: [{
      name: PORT_NAME,
      port: exposure.port,
      targetPort: PORT_NAME,
      protocol: 'TCP',
      ...Object.fromEntries(exposure.nodePorts.map((port) => ['nodePort', port])),
    }],
    ...ipFamilies(plan),
  });
  const annotations = { ...plan.platform.serviceAnnotations, ...exposure.annotations };
  return {
    apiVersion: 'v1', kind: 'Service', metadata: { name: stableName(plan, 'external'), labels: objectLabels(plan), annotations }, body: { spec },
  };
}

function loadBalancer(exposure: ExposurePlan): ServiceSpec {
  return {
    type: 'LoadBalancer',
    ...Object.fromEntries(exposure.classes.map((name) => ['loadBalancerClass', name])),
    loadBalancerSourceRanges: [...exposure.sourceRanges],
    ...Object.fromEntries(exposure.allocateNodePorts.map((allocated) => ['allocateLoadBalancerNodePorts', allocated])),
  };
}
