import { ExternalTrafficPolicy } from '../../exposure';
import { openDoors, overlap, parseRange } from '../address-range';
import { serviceFamilies } from '../families';
import { isLabelKey, isPort } from '../legal-names';
import type { ExposurePlan, Plan } from '../plan';
import { error, offence, Offence, outside, Rule } from '../rule';

/** Clients that come from outside of the cluster. */
export const exposureRules: readonly Rule[] = [
  {
    code: 'PG2101',
    severity: error,
    cause: 'lets clients from outside of the cluster in without TLS, so that passwords and rows may be read on the way',
    cure: 'set the prop `tls`, with `TlsMode.REQUIRED`, or `acknowledgePlainText: true` where the way is protected otherwise',
    offences: ({ exposure, tls }) => exposure.flatMap(({ kind, acknowledged }) => offence(
      !acknowledged.plainText && tls.every(({ mode }) => mode !== 'required'), 'exposure', kind,
    )),
  },
  {
    code: 'PG2102',
    severity: error,
    cause: 'lets everybody who reaches it try to log in',
    cure: 'name the addresses of the clients in `sourceRanges`, in `nodeRanges` those of the nodes only, or set `acknowledgeAnySource: true` '
      + 'where something in front of it keeps others out',
    offences: ({ exposure }) => exposure.flatMap(({ kind, sourceRanges, nodeRanges, acknowledged }) => acknowledged.anySource ? [] : [
      ...offence(sourceRanges.length === 0, 'exposure', kind), ...open('sourceRanges', sourceRanges), ...open('nodeRanges', nodeRanges),
    ]),
  },
  {
    code: 'PG2103',
    severity: error,
    cause: 'is not a range of addresses',
    cure: 'use the first address and the length of what all have in common, such as `203.0.113.0/24` or `2001:db8::/32`',
    offences: ({ exposure }) => exposure.flatMap(({ sourceRanges, nodeRanges }) => [...bad('sourceRanges', sourceRanges), ...bad('nodeRanges', nodeRanges)]),
  },
  {
    code: 'PG2104',
    severity: error,
    cause: 'overlaps with another range, so that one of the two says nothing',
    cure: 'leave the smaller one out, or the larger one if it was not meant',
    offences: ({ exposure }) => exposure.flatMap(({ sourceRanges, nodeRanges }) => [
      ...overlapping('sourceRanges', sourceRanges), ...overlapping('nodeRanges', nodeRanges),
    ]),
  },
  {
    code: 'PG2105',
    severity: error,
    cause: 'is not the number of a port',
    cure: 'use a whole number from 1 to 65535, for nodes one of the cluster\'s range, usually 30000 to 32767',
    offences: ({ exposure }) => exposure.flatMap(({ port, nodePorts }) => [port, ...nodePorts]
      .flatMap((number) => offence(!isPort(number), 'exposure.port', number))),
  },
  {
    code: 'PG2106',
    severity: error,
    cause: 'hides the clients\' addresses behind those of the nodes, which the NetworkPolicy does not let in',
    cure: 'name the nodes\' addresses in `nodeRanges`, or leave `trafficPolicy` out',
    offences: ({ exposure, network }) => exposure.flatMap(({ trafficPolicy, sourceRanges, nodeRanges }) => offence(
      trafficPolicy === 'Cluster' && sourceRanges.length > 0 && nodeRanges.length === 0 && network.access !== 'unrestricted',
      'exposure.trafficPolicy', trafficPolicy,
    )),
  },
  {
    code: 'PG2107',
    severity: error,
    cause: 'is a range that nothing holds: ports of nodes, which load balancers have too, are open to everybody unless a NetworkPolicy sees '
      + 'the clients\' addresses',
    cure: 'leave `trafficPolicy` out and do not use `NetworkAccess.unrestricted()`; or set `allocateNodePorts: false`, with a load balancer that '
      + 'can do without them; or set `acknowledgeAnySource: true`, and without a load balancer leave `sourceRanges` out',
    offences: (plan) => plan.exposure.flatMap((one) => offence(isLedAround(one, plan), 'exposure.sourceRanges', one.sourceRanges.join(', '))),
  },
  {
    code: 'PG2108',
    severity: error,
    cause: 'is not a key that annotations, or a class that load balancers can have',
    cure: 'use letters, digits, `-`, `_` and `.`, at most 63 of them, behind an optional domain and a slash; a class in lower case',
    offences: ({ exposure }) => exposure.flatMap(({ classes, annotations }) => [
      ...classes.flatMap((name) => offence(!isLabelKey(name) || name !== name.toLowerCase(), 'exposure.loadBalancerClass', name)),
      ...Object.keys(annotations).flatMap((key) => offence(!isLabelKey(key), 'exposure.annotations', key)),
    ]),
  },
  {
    code: 'PG2109',
    severity: error,
    cause: 'is not a policy for traffic from outside',
    cure: 'use a value of `ExternalTrafficPolicy`, or leave `trafficPolicy` out',
    offences: ({ exposure }) => exposure.flatMap(({ trafficPolicy }) => outside(ExternalTrafficPolicy, 'exposure.trafficPolicy', trafficPolicy)),
  },
  {
    code: 'PG2110',
    severity: error,
    cause: 'lets nobody in, since no node passes traffic on to another one',
    cure: 'leave `nodeRanges` out, or use `ExternalTrafficPolicy.CLUSTER`',
    offences: ({ exposure }) => exposure.flatMap(({ trafficPolicy, nodeRanges }) => offence(
      trafficPolicy === 'Local' && nodeRanges.length > 0, 'exposure.nodeRanges', nodeRanges.join(', '),
    )),
  },
  {
    code: 'PG2111',
    severity: error,
    cause: 'leaves out a family of addresses that the Service has: where a family has no range, the nodes let everybody of it in',
    cure: 'name ranges of each family; or give the Service but the family of the ranges by `ipFamilies`, without `ipFamilyPolicy`; or set '
      + '`acknowledgeAnySource: true` where something in front of it keeps others out',
    offences: (plan) => plan.exposure.flatMap((one) => openFamilies(one, plan)
      .flatMap((family) => offence(true, 'exposure.sourceRanges', one.sourceRanges.join(', '), `no range is of IPv${family}`))),
  },
];

/** Whether who comes by a port of the nodes is let in from everywhere, although ranges are named. */
function isLedAround({ kind, trafficPolicy, sourceRanges, nodeRanges, allocateNodePorts, acknowledged }: ExposurePlan, { network }: Plan): boolean {
  if (sourceRanges.length === 0) return false;
  if (network.access !== 'unrestricted' && trafficPolicy !== 'Cluster') return false;
  if (kind === 'nodePort') return true;
  // a policy that knows no nodes lets in none of those that they pass on, which has a rule of its own
  return !allocateNodePorts.includes(false) && !acknowledged.anySource && (network.access === 'unrestricted' || nodeRanges.length > 0);
}

/** Families that the load balancer's ranges leave open on the nodes, and no policy closes again. */
function openFamilies({ kind, trafficPolicy, sourceRanges, nodeRanges, acknowledged }: ExposurePlan, { network, platform }: Plan): number[] {
  if (kind !== 'loadBalancer' || acknowledged.anySource) return [];
  const has = (ranges: readonly string[], family: number): boolean => ranges.some((range) => parseRange(range)?.family === family);
  const isLetIn = (family: number): boolean => network.access === 'unrestricted' || trafficPolicy === 'Cluster' && has(nodeRanges, family);
  // without any legal range, others tell what is wrong
  const ranges = sourceRanges.filter((range) => parseRange(range) !== undefined);
  return ranges.length === 0 ? [] : serviceFamilies(platform).filter((family) => !has(ranges, family) && isLetIn(family));
}

function bad(prop: string, ranges: readonly string[]): Offence[] {
  return ranges.flatMap((range, index) => offence(parseRange(range) === undefined, `exposure.${prop}[${index}]`, range));
}

function open(prop: string, ranges: readonly string[]): Offence[] {
  return openDoors(ranges).flatMap(({ family, places: [place, ...others] }) => others.length === 0
    ? offence(true, `exposure.${prop}[${place}]`, ranges[place])
    : offence(true, `exposure.${prop}`, [place, ...others].map((one) => ranges[one]).join(', '), `together they are every address of IPv${family}`));
}

function overlapping(prop: string, ranges: readonly string[]): Offence[] {
  const parsed = ranges.map(parseRange);
  return parsed.flatMap((range, index) => {
    const other = parsed.findIndex((earlier, place) => place < index && range !== undefined && earlier !== undefined && overlap(earlier, range));
    return offence(other >= 0, `exposure.${prop}[${index}]`, ranges[index], `with ${ranges[other]}`);
  });
}
