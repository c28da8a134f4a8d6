import { Cron } from 'cdk8s';
import { Backup, Exposure, ExternalTrafficPolicy, InitSql } from '../../src';
import type { SomeProps } from '../support/props';

const acknowledgePlainText = true;
const exposed = (...sourceRanges: string[]): SomeProps => ({ exposure: Exposure.loadBalancer({ acknowledgePlainText, sourceRanges }) });
const nodes = (...nodeRanges: string[]): SomeProps => ({
  exposure: Exposure.loadBalancer({ acknowledgePlainText, sourceRanges: ['10.0.0.0/8'], nodeRanges, trafficPolicy: ExternalTrafficPolicy.CLUSTER, allocateNodePorts: false }),
});
const archiving = (parameters: Record<string, string>): SomeProps => ({ parameters: { archive_library: 'basic_archive', archive_command: 'cp %p /archive/%f', ...parameters } });
const backup = (timeZone: string): SomeProps => ({ backups: [Backup.logical({ schedule: Cron.daily(), timeZone })] });

const ANY_SOURCE = 'lets everybody who reaches it try to log in';
const NAME_THEM = 'name the addresses of the clients in `sourceRanges`, in `nodeRanges` those of the nodes only, or set `acknowledgeAnySource: true` '
  + 'where something in front of it keeps others out';
const TWO_WAYS = 'is a second way to archive beside `archive_library`: a server of PostgreSQL 15 never runs it, one from 16 on archives nothing at all';
const YOUNG_PARAMETER = 'needs what the library cannot see, and without it the server does not start, takes no connection or archives nothing '
  + '(a time zone that the Node.js of this synthesis does not know: correct the name, unless it is younger than this Node.js and the image has it); '
  + 'see to it that it is there, or leave the parameter out';
const YOUNG_SCHEDULE = 'is not a time zone that the Node.js of this synthesis knows, and Kubernetes refuses a CronJob whose time zone it does not know either; '
  + 'correct the name, unless it is younger than this Node.js';

/** Code, wrong props, and the only finding to the last word: prop, value, what is wrong, what to do. */
export const WHOLE_MESSAGES: readonly [string, SomeProps, string][] = [
  ['PG2102', exposed('0.0.0.0/1', '128.0.0.0/1'),
    `exposure.sourceRanges: "0.0.0.0/1, 128.0.0.0/1" ${ANY_SOURCE} (together they are every address of IPv4); ${NAME_THEM}`],
  ['PG2102', exposed('128.0.0.0/2', '0.0.0.0/2', '192.0.0.0/2', '64.0.0.0/2'),
    `exposure.sourceRanges: "128.0.0.0/2, 0.0.0.0/2, 192.0.0.0/2, 64.0.0.0/2" ${ANY_SOURCE} (together they are every address of IPv4); ${NAME_THEM}`],
  ['PG2102', exposed('10.0.0.0/8', '::/1', '8000::/1'),
    `exposure.sourceRanges: "::/1, 8000::/1" ${ANY_SOURCE} (together they are every address of IPv6); ${NAME_THEM}`],
  ['PG2102', exposed('::/0'), `exposure.sourceRanges[0]: "::/0" ${ANY_SOURCE}; ${NAME_THEM}`],
  ['PG2102', nodes('0.0.0.0/0'), `exposure.nodeRanges[0]: "0.0.0.0/0" ${ANY_SOURCE}; ${NAME_THEM}`],
  ['PG1310', archiving({ archive_mode: 'on' }),
    `parameters["archive_command"]: "cp %p /archive/%f" ${TWO_WAYS} (archive_library is "basic_archive"); leave one of the two out`],
  ['PG1310', archiving({ ARCHIVE_MODE: 'always' }),
    `parameters["archive_command"]: "cp %p /archive/%f" ${TWO_WAYS} (archive_library is "basic_archive"); leave one of the two out`],
  ['PG1309', { parameters: { timezone: 'Europe/Pariss' } }, `parameters["timezone"]: "Europe/Pariss" ${YOUNG_PARAMETER}`],
  ['PG1309', { parameters: { log_timezone: 'america/north_dakota/nowhere' } }, `parameters["log_timezone"]: "america/north_dakota/nowhere" ${YOUNG_PARAMETER}`],
  ['PG1707', backup('Europe/Pariss'), `backups[0].timeZone: "Europe/Pariss" ${YOUNG_SCHEDULE}`],
  ['PG1704', backup('Europe/pariss'), 'backups[0].timeZone: "Europe/pariss" is not a time zone; use a name of the IANA database in its exact spelling, such as `Europe/Paris`'],
  ['PG2601', { initSql: [null as unknown as InitSql] }, 'initSql[0]: null is no element of a list; give what was meant, or leave it out of the list'],
];

/** As near to it as one may come. */
export const NO_MESSAGE: readonly [string, SomeProps][] = [
  ['half of all addresses', exposed('0.0.0.0/1')],
  ['all addresses but one', exposed(...Array.from({ length: 32 }, (_, bit) => `${neighbour(bit)}/${bit + 1}`))],
  ['halves of two families', exposed('0.0.0.0/1', '8000::/1')],
  ['everybody who is acknowledged', { exposure: Exposure.loadBalancer({ acknowledgePlainText, acknowledgeAnySource: true, sourceRanges: ['0.0.0.0/1', '128.0.0.0/1'] }) }],
  ['a library that archives', archiving({ archive_mode: 'on', archive_command: '' })],
  ['a command that archives', archiving({ archive_mode: 'on', archive_library: '' })],
  ['two ways to archive where nothing is archived', archiving({ archive_mode: 'off' })],
  ['two ways to archive where nobody says that anything is', archiving({})],
];

/** The range of each length that is all of the addresses behind those of the shorter ones but the last; the ranges of all lengths lack only that one. */
function neighbour(bit: number): string {
  const first = 2 ** 32 - 2 ** (32 - bit);
  return [3, 2, 1, 0].map((octet) => Math.floor(first / 256 ** octet) % 256).join('.');
}
