import { Size, SizeRoundingBehavior } from 'cdk8s';
import type { ReplicationPlan, SpreadPlan } from './plan';
import { lowerCased, roomOf, SettingsRequest } from './resolve-settings';
import { milliseconds, seconds } from './seconds';
import { parseMebibytes } from '../postgres/parameter-value';
import { maxWalSize, slotLimit } from '../postgres/sizing';
import { Divergence, Replication } from '../replication';
import { Spread } from '../spread';

/** Four files of the log, which take a moment to be replayed. */
const USUAL_LAG = 64;

/** What the replicas may cost the primary, and what is asked of them. */
export function resolveReplication(replication: Replication, request: Omit<SettingsRequest, 'replication'>): ReplicationPlan {
  const options = replication._options;
  const room = roomOf(request);
  const asked = parseMebibytes(lowerCased(request.parameters).max_wal_size ?? '', 'MB');
  const slotLimitMebibytes = options.slotLimit == null ? slotLimit(room, asked ?? maxWalSize(room)) : mebibytes(options.slotLimit);
  return {
    slotLimitMebibytes,
    maximumLagMebibytes: options.maximumLag == null
      ? Math.max(room.walSegment, Math.min(USUAL_LAG, slotLimitMebibytes)) : mebibytes(options.maximumLag),
    onDivergence: options.onDivergence ?? Divergence.REWIND,
    synchronous: replication._synchronous,
    quorum: replication._synchronous ? options.quorum ?? 1 : 0,
    switchoverLagMilliseconds: milliseconds(options.switchoverLag) ?? 1000,
    switchoverDelaySeconds: seconds(options.switchoverDelay) ?? 60,
  };
}

/** The pod template has it whatever the number of pods, so that a further one restarts nothing. */
export function resolveSpread(spread: Spread): SpreadPlan {
  return { kind: spread._kind, topologyKeys: spread._topologyKeys.map(keyOf) };
}

/** What an untyped caller gives instead of a text, such as a list of keys, is no key. */
function keyOf(key: string): string {
  return typeof key === 'string' ? key : `${JSON.stringify(key)}`;
}

function mebibytes(size: Size): number {
  return size.toMebibytes({ rounding: SizeRoundingBehavior.NONE });
}
