import type { LabelSelector } from 'kubernetes-types/meta/v1';
import type {
  NetworkPolicyEgressRule, NetworkPolicyIngressRule, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec,
} from 'kubernetes-types/networking/v1';
import { CLUSTER_LABEL, COMPONENT_LABEL, objectLabels, selectorLabels } from './labels';
import type { Manifest } from './manifest';
import { PORT, PORT_NAME, stableName } from './names';
import type { ExposurePlan, NamedPort, PeerPlan, Plan } from '../plan/plan';

/** Kubernetes puts it on every namespace. */
const NAMESPACE_LABEL = 'kubernetes.io/metadata.name';

const serverPort: NetworkPolicyPort[] = [{ port: PORT, protocol: 'TCP' }];

/**
 * What reaches the server's pods, and what they reach. Everything else is denied.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/network-policies/
 */
export function serverNetworkPolicy(plan: Plan): Manifest {
  const { clients, destinations } = plan.network;
  return networkPolicy(plan, plan.name, {
    podSelector: { matchLabels: selectorLabels(plan) },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [
      fromInside(plan),
      ...clients.map(({ peer, ports }): NetworkPolicyIngressRule => ({ from: [policyPeer(peer)], ports: tcp(ports.flatMap(portNumbers)) })),
      ...plan.exposure.map(fromOutside),
    ],
    egress: [
      toServer({ podSelector: { matchLabels: selectorLabels(plan) } }),
      ...nameResolution(),
      ...destinations.map(({ peer, ports }): NetworkPolicyEgressRule => ({ to: [policyPeer(peer)], ports: tcp(ports) })),
    ],
  });
}

/** The pods of the Jobs reach the server and nothing else, and nothing reaches them. */
export function jobsNetworkPolicy(plan: Plan): Manifest {
  const jobs: LabelSelector = {
    matchLabels: { [CLUSTER_LABEL]: plan.name },
    matchExpressions: [{ key: COMPONENT_LABEL, operator: 'In', values: ['backup', 'restore'] }],
  };
  return networkPolicy(plan, stableName(plan, 'jobs'), {
    podSelector: jobs,
    policyTypes: ['Ingress', 'Egress'],
    egress: [toServer({ podSelector: { matchLabels: selectorLabels(plan) } }), ...nameResolution()],
  });
}

/** The server by its own port: addresses of Services are replaced by those of pods before policies are asked. */
export function toServer(pods: NetworkPolicyPeer, otherPorts: readonly number[] = []): NetworkPolicyEgressRule {
  return { to: [pods], ports: [...serverPort, ...tcp(otherPorts)] };
}

/** To everywhere, since a cache of names has an address of its node; on OpenShift the pods of the name server have another port. */
export function nameResolution(): NetworkPolicyEgressRule[] {
  const at = (port: number): NetworkPolicyPort[] => [{ port, protocol: 'UDP' }, { port, protocol: 'TCP' }];
  return [{ ports: at(53) }, { to: [{ namespaceSelector: namespaceNamed('openshift-dns') }], ports: at(5353) }];
}

export function policyPeer(peer: PeerPlan): NetworkPolicyPeer {
  if (peer.kind === 'range') return { ipBlock: { cidr: peer.addresses } };
  if (peer.kind === 'namespace') return { namespaceSelector: namespaceNamed(peer.name) };
  return {
    ...Object.fromEntries(peer.namespaces.map((name) => ['namespaceSelector', namespaceNamed(name)])),
    podSelector: { matchLabels: peer.labels },
  };
}

/** Peers and Jobs always; in their own namespace everybody, and the sidecars too. */
function fromInside(plan: Plan): NetworkPolicyIngressRule {
  if (plan.network.access === 'declared') return { from: [{ podSelector: { matchLabels: { [CLUSTER_LABEL]: plan.name } } }], ports: serverPort };
  return { from: [{ podSelector: {} }], ports: tcp([PORT, ...plan.sidecars.flatMap(({ ports }) => ports.map(({ port }) => port))]) };
}

/**
 * No range means everybody, in every family of addresses. Where nodes pass traffic on, it depends on the network plugin and on the node of
 * the pod whether the policy sees their addresses or those of the clients.
 */
function fromOutside({ trafficPolicy, sourceRanges, nodeRanges }: ExposurePlan): NetworkPolicyIngressRule {
  const ranges = [...sourceRanges, ...trafficPolicy === 'Cluster' ? nodeRanges : []];
  return ranges.length === 0 ? { ports: serverPort } : { from: ranges.map((cidr) => ({ ipBlock: { cidr } })), ports: serverPort };
}

function namespaceNamed(name: string): LabelSelector {
  return { matchLabels: { [NAMESPACE_LABEL]: name } };
}

function portNumbers({ name, numbers }: NamedPort): readonly number[] {
  return name === PORT_NAME ? [PORT] : numbers;
}

function tcp(ports: readonly number[]): NetworkPolicyPort[] {
  return ports.map((port) => ({ port, protocol: 'TCP' }));
}

function networkPolicy(plan: Plan, name: string, spec: NetworkPolicySpec): Manifest {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, labels: objectLabels(plan), annotations: plan.annotations },
    body: { spec },
  };
}
