import { findParameter, isExtensionParameter, similarParameters } from '../../postgres/catalogue';
import { parseCount, parseFileMode, parseMebibytes, parseMilliseconds, parseSwitch, whyIllegal } from '../../postgres/parameter-value';
import { insteadOf } from '../../postgres/reserved';
import { perPlan } from '../per-plan';
import type { Plan, Setting } from '../plan';
import { error, Offence, Rule, warning } from '../rule';
import { sharedBuffersTooLarge, sharedMemoryTooLarge, textsOf, tooManyProcesses } from './server-sums';
import { unseenNeed } from './unseen';

/** A connection takes some milliseconds, on a node that has little time for the pod many more. */
const SHORTEST_TRANSACTION = 100;

export const parameterRules: readonly Rule[] = [
  {
    code: 'PG1301',
    severity: error,
    cause: 'is not a parameter that any server from 15 to 18 knows',
    cure: 'correct the name; parameters of extensions have a dot in their name',
    offences: (plan) => asked(plan)
      .filter(({ name }) => findParameter(name) === undefined && !isExtensionParameter(name))
      .map(({ name, value }) => at(name, value, didYouMean(name))),
  },
  {
    code: 'PG1302',
    severity: error,
    cause: 'is a value that the server would refuse to start with',
    cure: 'use a value as in postgresql.conf',
    offences: (plan) => asked(plan).flatMap(({ name, value }) => {
      const parameter = findParameter(name, plan.version.major);
      const reason = parameter === undefined ? undefined : whyIllegal(name, parameter, value);
      return reason === undefined ? [] : [at(name, value, reason)];
    }),
  },
  {
    code: 'PG1303',
    severity: error,
    cause: 'is decided by the construct',
    cure: 'remove the parameter, or use what the brackets name',
    offences: (plan) => plan.reserved.map(({ name, value }) => at(name, value, insteadOf(name))),
  },
  {
    code: 'PG1304',
    severity: error,
    cause: 'is not known to a server of this version',
    cure: 'remove the parameter or change the version',
    offences: (plan) => asked(plan).flatMap(({ name, value }) => {
      const majors = findParameter(name)?.majors ?? [plan.version.major];
      const covered = plan.version.major >= 15 && plan.version.major <= 18;
      return covered && !majors.includes(plan.version.major) ? [at(name, value, `known to ${majors.join(', ')}`)] : [];
    }),
  },
  {
    code: 'PG1305',
    severity: error,
    cause: 'is a fact of the running server that nobody can set',
    cure: 'remove the parameter',
    offences: (plan) => asked(plan).filter(({ name }) => findParameter(name)?.context === 'internal').map(({ name, value }) => at(name, value)),
  },
  {
    code: 'PG1306',
    severity: error,
    cause: 'has a line break or another control character, which no configuration file can hold',
    cure: 'remove it',
    // eslint-disable-next-line no-control-regex
    offences: (plan) => asked(plan).filter(({ value }) => /[\u0000-\u001f\u007f]/.test(value)).map(({ name, value }) => at(name, value)),
  },
  {
    code: 'PG1307',
    severity: error,
    cause: 'leaves the container no room for the shared memory of the server',
    cure: 'raise `resources.memory` or lower `shared_buffers`: it must fit into the memory limit beside /dev/shm and 64 MiB for the server itself',
    offences: sharedBuffersTooLarge,
  },
  {
    code: 'PG1308',
    severity: error,
    cause: 'does not go together with another parameter, so that the server would refuse to start',
    cure: 'change one of the two',
    offences: contradictions,
  },
  {
    code: 'PG1309',
    severity: warning,
    cause: 'needs what the library cannot see, and without it the server does not start, takes no connection or archives nothing',
    cure: 'see to it that it is there, or leave the parameter out',
    offences: (plan) => asked(plan).flatMap((setting) => {
      const need = unseenNeed(plan, setting);
      return need === undefined ? [] : [at(setting.name, setting.value, need)];
    }),
  },
  {
    code: 'PG1310',
    severity: error,
    cause: 'is a second way to archive beside `archive_library`: a server of PostgreSQL 15 never runs it, one from 16 on archives nothing at all',
    cure: 'leave one of the two out',
    offences: twoWaysToArchive,
  },
  {
    code: 'PG1311',
    severity: error,
    cause: 'keeps even the server\'s own user from its socket, so that nothing in the pod could connect and the first start would never end',
    cure: 'use a mode that lets the owner write, such as `0770` or `0777`',
    offences: (plan) => asked(plan).filter(({ name, value }) => name === 'unix_socket_permissions' && !ownerWrites(value)).map(({ name, value }) => at(name, value)),
  },
  {
    code: 'PG1312',
    severity: error,
    cause: 'is a second spelling of a parameter, of which the server would take only the last',
    cure: 'leave one of the two out: the case of names means nothing',
    offences: ({ respelled }) => respelled.map(({ name, value, first }) => at(name, value, `it stands there as ${first} too`)),
  },
  {
    code: 'PG1313',
    severity: warning,
    cause: 'makes the server ask for more shared memory than the container has room for, and using it would end the server',
    cure: 'lower it or raise `resources.memory`',
    offences: sharedMemoryTooLarge,
  },
  {
    code: 'PG1314',
    severity: error,
    cause: 'ends connections while they are being made, those of the pod itself too, before a session can set another limit',
    cure: `use at least ${SHORTEST_TRANSACTION}ms, or 0 for no limit; \`statement_timeout\` may be shorter`,
    offences: (plan) => asked(plan).filter(({ name, value }) => name === 'transaction_timeout' && isTooShort(parseMilliseconds(value) ?? 0))
      .map(({ name, value }) => at(name, value)),
  },
];

/** The server rounds to whole milliseconds; what is below 0 is told elsewhere. */
function isTooShort(milliseconds: number): boolean {
  return Math.round(milliseconds) > 0 && milliseconds < SHORTEST_TRANSACTION;
}

/** What is no mode at all is told elsewhere. */
function ownerWrites(mode: string): boolean {
  const bits = parseFileMode(mode);
  return bits === undefined || Math.floor(bits / 0o200) % 2 === 1;
}

/** What PostgreSQL itself checks when it starts, over several parameters. */
function contradictions(plan: Plan): Offence[] {
  const { major } = plan.version;
  const value = (name: string, otherwise: string): string => textsOf(plan).get(name) ?? otherwise;
  const amount = (name: string, otherwise: number): number => parseCount(value(name, '')) ?? otherwise;
  const segments = 2 * plan.initdb.walSegmentMebibytes;
  const reserved = amount('superuser_reserved_connections', 3) + (major >= 16 ? amount('reserved_connections', 0) : 0);
  return [
    ...value('wal_level', '').toLowerCase() === 'minimal' ? minimalLog(value, amount('max_wal_senders', 10)).map((reason) => at('wal_level', 'minimal', reason)) : [],
    ...reserved >= amount('max_connections', 100)
      ? [at('max_connections', value('max_connections', '100'), `${reserved} connections are reserved for superusers and others`)] : [],
    ...['min_wal_size', 'max_wal_size'].filter((name) => (parseMebibytes(value(name, ''), 'MB') ?? Infinity) < segments)
      .map((name) => at(name, value(name, ''), `two files of the write-ahead log are ${segments}MB`)),
    ...tooManyProcesses(plan),
    ...incomplete(value),
  ];
}

/** Switches that need others to be set, or not to be. */
function incomplete(value: (name: string, otherwise: string) => string): Offence[] {
  const isOn = (name: string): boolean => parseSwitch(value(name, 'off')) === true;
  const statistics = ['log_parser_stats', 'log_planner_stats', 'log_executor_stats'].filter(isOn);
  return [
    ...isOn('log_statement_stats') && statistics.length > 0 ? [at('log_statement_stats', value('log_statement_stats', ''), `\`${statistics[0]}\` is on`)] : [],
    ...isOn('huge_pages') && value('shared_memory_type', 'mmap').toLowerCase() !== 'mmap'
      ? [at('huge_pages', value('huge_pages', ''), 'it needs `shared_memory_type` to be mmap')] : [],
  ];
}

/** The server itself starts; its archiver ends with an error, again and again, and the write-ahead log grows until the volume is full. */
function twoWaysToArchive(plan: Plan): Offence[] {
  const value = (name: string): string => textsOf(plan).get(name) ?? '';
  const [command, library] = [value('archive_command'), value('archive_library')];
  // without archiving the server looks at neither
  const archives = parseSwitch(value('archive_mode') || 'off') !== false;
  return archives && command !== '' && library !== '' ? [at('archive_command', command, `archive_library is ${JSON.stringify(library)}`)] : [];
}

function minimalLog(value: (name: string, otherwise: string) => string, walSenders: number): string[] {
  return [
    ...walSenders > 0 ? ['it needs `max_wal_senders` to be 0'] : [],
    ...parseSwitch(value('archive_mode', 'off')) === false ? [] : ['it needs `archive_mode` to be off'],
    ...parseSwitch(value('summarize_wal', 'off')) === false ? [] : ['it needs `summarize_wal` to be off'],
  ];
}

const asked = perPlan(({ settings }): Setting[] => settings.filter(({ origin }) => origin === 'user'));

function at(name: string, value: string, detail?: string): Offence {
  return { prop: `parameters["${name}"]`, value, ...detail === undefined ? {} : { detail } };
}

function didYouMean(name: string): string | undefined {
  const similar = similarParameters(name);
  return similar.length === 0 ? undefined : `did you mean ${similar.join(' or ')}?`;
}
