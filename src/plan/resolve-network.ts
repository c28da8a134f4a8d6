import type { Additions } from './additions';
import { list } from './list';
import type { ExposurePlan, NetworkPlan, PeerPlan, SidecarPlan } from './plan';
import { resolveTexts } from './texts';
import type { DatabaseClient } from '../database-client';
import { Exposure, ExternalTrafficPolicy } from '../exposure';
import type { NetworkAccess } from '../network-access';

/** Sorted and without repetitions: the order of calls never matters. */
export function resolveNetwork(
  access: NetworkAccess, additions: Additions, sidecars: readonly SidecarPlan[], namespace: string | undefined,
): NetworkPlan {
  const ports = sidecars.flatMap((sidecar) => sidecar.ports);
  return {
    access: access._kind,
    clients: distinct(additions.clients.map(({ client, ports: names }) => ({
      peer: resolvePeer(client, namespace),
      ports: (names ?? ['postgresql']).map((name) => ({ name, numbers: ports.filter((port) => port.name === name).map(({ port }) => port) })),
    }))),
    destinations: distinct(additions.destinations.map(({ destination, ports: numbers }) => ({
      peer: resolvePeer(destination, namespace), ports: [...numbers],
    }))),
  };
}

/** A namespace of its own is said by leaving it out: it may not be known where the program is written. */
export function resolvePeer(client: DatabaseClient, namespace: string | undefined): PeerPlan {
  if (client._kind === 'range') return { kind: 'range', addresses: client._addresses };
  if (client._kind === 'namespace') return { kind: 'namespace', name: client._namespaceName ?? '' };
  const namespaces = client._namespaceName == null || client._namespaceName === namespace ? [] : [client._namespaceName];
  return { kind: 'pods', labels: texts(client._labels), namespaces };
}

/** Sorted, since maps of other languages have no order; untyped callers give numbers, and null where nothing is meant. */
function texts(map: Readonly<Record<string, string | null>>): Record<string, string> {
  return Object.fromEntries(Object.entries(resolveTexts(map)).sort(([a], [b]) => a < b ? -1 : 1));
}

function distinct<T>(values: readonly T[]): T[] {
  const known = new Map(values.map((value) => [JSON.stringify(value), value]));
  return [...known].sort(([a], [b]) => a < b ? -1 : 1).map(([, value]) => value);
}

export function resolveExposure(exposure: Exposure): ExposurePlan[] {
  if (exposure._kind === 'clusterIp') return [];
  const options = exposure._options;
  return [{
    kind: exposure._kind,
    port: exposure._port ?? 5432,
    nodePorts: list(exposure._nodePort),
    allocateNodePorts: list(exposure._allocateNodePorts),
    classes: list(exposure._loadBalancerClass),
    sourceRanges: [...options.sourceRanges ?? []],
    nodeRanges: [...options.nodeRanges ?? []],
    trafficPolicy: options.trafficPolicy ?? ExternalTrafficPolicy.LOCAL,
    annotations: texts(options.annotations ?? {}),
    acknowledged: { plainText: options.acknowledgePlainText ?? false, anySource: options.acknowledgeAnySource ?? false },
  }];
}
