import { openDoors, parseRange } from '../address-range';
import { isDnsLabel, isLabelKey, isLabelValue, isPort } from '../legal-names';
import type { NetworkPlan, PeerPlan, Plan } from '../plan';
import { error, offence, Offence, Rule } from '../rule';

const SERVER_PORT = 'postgresql';

/** Who is named, whoever makes the database. */
export const peerRules: readonly Rule<Pick<Plan, 'network'>>[] = [
  {
    code: 'PG2202',
    severity: error,
    cause: 'are not labels that tell pods from others',
    cure: 'use legal keys and values of Kubernetes, at least one; `DatabaseClient.inNamespace` means every pod',
    offences: ({ network }) => everyPeer(network).flatMap((peer) => peer.kind === 'pods' ? wrongLabels(peer.labels) : []),
  },
  {
    code: 'PG2203',
    severity: error,
    cause: 'is not a name that namespaces can have',
    cure: 'use lower-case letters, digits and hyphens, at most 63, not beginning or ending with a hyphen',
    offences: ({ network }) => everyPeer(network)
      .flatMap((peer) => peer.kind === 'namespace' ? [peer.name] : peer.kind === 'pods' ? peer.namespaces : [])
      .flatMap((name) => offence(!isDnsLabel(name), 'connections', name)),
  },
];

/** What is declared by `connections`. */
export const networkRules: readonly Rule[] = [
  {
    code: 'PG2201',
    severity: error,
    cause: 'is not a range of addresses',
    cure: 'use the first address and the length of what all have in common, such as `10.20.0.0/16` or `2001:db8::/32`',
    offences: ({ network }) => everyPeer(network).flatMap((peer) => peer.kind === 'range'
      ? offence(parseRange(peer.addresses) === undefined, 'connections', peer.addresses) : []),
  },
  ...peerRules,
  {
    code: 'PG2204',
    severity: error,
    cause: 'is not a port of the database\'s pods',
    cure: `use \`${SERVER_PORT}\` for the server, and for a sidecar the name of one of its \`ports\``,
    offences: ({ network }) => network.clients.flatMap(({ ports }) => ports.length === 0 ? offence(true, 'connections', 'no ports')
      : ports.flatMap(({ name, numbers }) => offence(name !== SERVER_PORT && numbers.length === 0, 'connections', name))),
  },
  {
    code: 'PG2205',
    severity: error,
    cause: 'is not the number of a port',
    cure: 'use whole numbers from 1 to 65535, at least one',
    offences: ({ network }) => network.destinations.flatMap(({ ports }) => ports.length === 0 ? offence(true, 'connections', 'no ports')
      : ports.flatMap((port) => offence(!isPort(port), 'connections', port))),
  },
  {
    code: 'PG2206',
    severity: error,
    cause: 'lets everybody in, so that the NetworkPolicy keeps nobody out',
    cure: 'name the addresses of the clients, use `NetworkAccess.unrestricted()` where no policy is wanted, '
      + 'or an `exposure` with `acknowledgeAnySource: true` where something in front of it keeps others out',
    offences: ({ network, exposure }) => network.access === 'unrestricted' || exposure.some(({ acknowledged }) => acknowledged.anySource) ? [] : open(network),
  },
];

/** Port by port, since ranges of different ports do not add up. */
function open({ clients }: NetworkPlan): Offence[] {
  const names = [...new Set(clients.flatMap(({ ports }) => ports.map(({ name }) => name)))];
  const values = names.flatMap((name) => {
    const ranges = clients.flatMap(({ peer, ports }) => peer.kind === 'range' && ports.some((port) => port.name === name) ? [peer.addresses] : []);
    return openDoors(ranges).map(({ places }) => places.map((place) => ranges[place]).join(', '));
  });
  return [...new Set(values)].flatMap((value) => offence(true, 'connections.allowFrom', value));
}

function everyPeer({ clients, destinations }: NetworkPlan): PeerPlan[] {
  return [...clients, ...destinations].map(({ peer }) => peer);
}

function wrongLabels(labels: Readonly<Record<string, string>>): Offence[] {
  const wrong = Object.entries(labels).filter(([key, value]) => !isLabelKey(key) || !isLabelValue(value)).map(([key, value]) => `${key}=${value}`);
  return offence(wrong.length > 0 || Object.keys(labels).length === 0, 'connections', wrong.length > 0 ? wrong.join(', ') : 'no labels');
}
