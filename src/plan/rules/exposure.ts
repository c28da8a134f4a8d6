import { ExternalTrafficPolicy } from '../../exposure';
import { overlap, parseRange } from '../address-range';
import { isLabelKey } from '../legal-names';
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
    cure: 'name the addresses of the clients in `sourceRanges`, or set `acknowledgeAnySource: true` where something in front of it keeps others out',
    offences: ({ exposure }) => exposure.flatMap(({ kind, sourceRanges, acknowledged }) => acknowledged.anySource ? [] : [
      ...offence(sourceRanges.length === 0, 'exposure', kind),
      ...sourceRanges.flatMap((range, index) => offence(/\/0$/.test(range), `exposure.sourceRanges[${index}]`, range)),
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
      .flatMap((number) => offence(!Number.isInteger(number) || number < 1 || number > 65535, 'exposure.port', number))),
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
    cause: 'is a range that nothing holds: ports of nodes are open to everybody unless a NetworkPolicy sees the clients\' addresses',
    cure: 'leave `trafficPolicy` out and do not use `NetworkAccess.unrestricted()`, or leave `sourceRanges` out and set `acknowledgeAnySource: true`',
    offences: ({ exposure, network }) => exposure.flatMap(({ kind, trafficPolicy, sourceRanges }) => offence(
      kind === 'nodePort' && sourceRanges.length > 0 && (trafficPolicy === 'Cluster' || network.access === 'unrestricted'),
      'exposure.sourceRanges', sourceRanges.join(', '),
    )),
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
];

function bad(prop: string, ranges: readonly string[]): Offence[] {
  return ranges.flatMap((range, index) => offence(parseRange(range) === undefined, `exposure.${prop}[${index}]`, range));
}

function overlapping(prop: string, ranges: readonly string[]): Offence[] {
  const parsed = ranges.map(parseRange);
  return parsed.flatMap((range, index) => {
    const other = parsed.findIndex((earlier, place) => place < index && range !== undefined && earlier !== undefined && overlap(earlier, range));
    return offence(other >= 0, `exposure.${prop}[${index}]`, ranges[index], `with ${ranges[other]}`);
  });
}
