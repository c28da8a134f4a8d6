import { EmptyVolume } from '../../empty-volume';
import { parseMebibytes } from '../../postgres/parameter-value';
import { largestMaxWalSize, maxWalSize, Room } from '../../postgres/sizing';
import type { Plan } from '../plan';
import { error, offence, Offence, outside, Rule, warning } from '../rule';

/** Room for an empty cluster, its write-ahead log and the work of one user. */
const SMALLEST_DATA = 1024;
const SMALLEST_WAL = 512;
const SMALLEST_BACKUP = 256;

/** A file of the write-ahead log where nobody asks for another size. */
const USUAL_SEGMENT = 16;

export const storageRules: readonly Rule[] = [
  {
    code: 'PG1501',
    severity: error,
    cause: 'is below what a database needs to live',
    cure: `ask for at least ${SMALLEST_DATA} MiB for data, ${SMALLEST_WAL} MiB for the write-ahead log and ${SMALLEST_BACKUP} MiB for backups`,
    offences: ({ data, wal, backups }) => [
      ...data.kind === 'persistent' ? offence(data.size.mebibytes < SMALLEST_DATA, 'storage', data.size.text) : [],
      ...wal.flatMap((volume) => volume.kind === 'persistent' ? offence(volume.size.mebibytes < SMALLEST_WAL, 'walStorage', volume.size.text) : []),
      ...backups.flatMap(({ claim }, index) => claim.composed ? offence(claim.size.mebibytes < SMALLEST_BACKUP, `backups[${index}].target`, claim.size.text) : []),
    ],
  },
  {
    code: 'PG1502',
    severity: error,
    cause: 'does not go together with the volume: the log between two checkpoints has no room',
    cure: 'lower `max_wal_size` or ask for a larger volume: a full volume stops the server',
    offences: walTooLarge,
  },
  {
    code: 'PG1503',
    severity: warning,
    cause: 'is lost with the pod',
    cure: 'use `Storage.persistent(...)` for data that anybody wants to keep',
    offences: ({ data }) => offence(data.kind === 'ephemeral', 'storage', 'Storage.ephemeral()'),
  },
  {
    code: 'PG1504',
    severity: error,
    cause: 'does not live as long as the data that it belongs to: without its write-ahead log a data directory is lost',
    cure: 'make `storage` and `walStorage` both persistent or leave `walStorage` out',
    offences: ({ data, wal }) => wal.flatMap((volume) => offence(volume.kind !== data.kind, 'walStorage', volume.kind)),
  },
  {
    code: 'PG1505',
    severity: error,
    cause: 'is asked for where it decides nothing: a StatefulSet keeps or deletes all its claims together',
    cure: 'set `whenDeleted` and `whenScaled` on `storage`, which holds for both volumes',
    offences: ({ walRetention }) => walRetention.map(({ option, value }) => ({ prop: `walStorage.${option}`, value })),
  },
  {
    code: 'PG1506',
    severity: error,
    cause: 'is no value of the enum that belongs here',
    cure: 'use a value of `EmptyVolume`',
    offences: ({ emptyVolume }) => outside(EmptyVolume, 'emptyVolume', emptyVolume),
  },
  {
    code: 'PG1507',
    severity: warning,
    cause: 'keeps every new pod of the primary from starting: a volume that is lost with its pod is always empty',
    cure: 'leave `emptyVolume` out, or use `Storage.persistent(...)`',
    offences: ({ data, emptyVolume }) => offence(data.kind === 'ephemeral' && emptyVolume === EmptyVolume.REFUSE, 'emptyVolume', emptyVolume),
  },
];

function walTooLarge(plan: Plan): Offence[] {
  const volume = plan.wal[0] ?? plan.data;
  if (volume.kind === 'ephemeral') return [];
  const { name, value, origin } = plan.settings.find((setting) => setting.name === 'max_wal_size')!;
  const room = {
    memory: 0, maxConnections: 0, walVolume: volume.size.mebibytes, walAlone: plan.wal.length > 0, walSegment: plan.initdb.walSegmentMebibytes,
  };
  const asked = parseMebibytes(value, 'MB') ?? 0;
  const largest = largestMaxWalSize(room);
  if (asked <= largest) return [];
  if (origin === 'user') return offence(true, `parameters["${name}"]`, value, `at most ${largest}MB fit`);
  const detail = `its log between two checkpoints is ${value}, a volume of ${smallestWalVolume({ ...room, walVolume: asked })} MiB has room for it`;
  return room.walSegment > USUAL_SEGMENT ? offence(true, 'initdb.walSegmentSize', `${room.walSegment} MiB`, detail)
    : offence(true, room.walAlone ? 'walStorage' : 'storage', volume.size.text, detail);
}

/** The smallest volume, from that of the room on, on which the log that is derived from it leaves room to breathe. */
function smallestWalVolume(room: Room): number {
  let { walVolume } = room;
  while (maxWalSize({ ...room, walVolume }) > largestMaxWalSize({ ...room, walVolume })) walVolume++;
  return walVolume;
}
