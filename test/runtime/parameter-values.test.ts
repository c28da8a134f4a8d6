import fc from 'fast-check';
import { findParameter } from '../../src/postgres/catalogue';
import catalogue from '../../src/postgres/catalogue.json';
import { whyIllegal } from '../../src/postgres/parameter-value';
import { Assignment, ILLEGAL, LEGAL, LEGAL_ON_18, PERHAPS, refused, rounds } from '../support/parameter-values';
import { Pod } from '../support/pod';
import { codesOf } from '../support/props';
import { servers } from '../support/servers';

jest.setTimeout(180_000);

/** Each depends on the others, or on the stack of the shell that runs the tests. */
const BOUND_BY_OTHERS = ['max_stack_depth', 'max_connections', 'autovacuum_max_workers', 'max_wal_senders', 'max_worker_processes'];

const hostile = fc.oneof(
  fc.stringMatching(/^["A-Za-z0-9,. $+:<>/_-]{0,8}$/),
  fc.constantFrom(...[LEGAL, LEGAL_ON_18, PERHAPS, ILLEGAL].flatMap((table) => Object.values(table).flat())),
  fc.tuple(fc.constantFrom(...Object.values(LEGAL).flat()), fc.stringMatching(/^[", a5é+-]{1,2}$/)).map((parts) => parts.join('')),
  // a server that cannot read an interval stops there and says no more
).filter((text) => !/^interval/i.test(text));

/** What only the start itself refuses: the code of its finding, and what the server says. */
const DEADLY: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
  ['PG1303', { unix_socket_group: 'root' }, /could not create any Unix-domain sockets/],
  ['PG1303', { ssl: 'on' }, /could not load server certificate file|SSL is not supported by this build/],
  ['PG1308', { huge_pages: 'on', shared_memory_type: 'sysv' }, /huge pages not supported with the current/],
  ['PG1308', { log_statement_stats: 'on', log_parser_stats: 'on' }, /Cannot enable/],
  ['PG1309', { shared_preload_libraries: 'pg_cron' }, /could not access file "pg_cron"/],
];

describe.each(servers.map((server) => [String(server), server] as const))('%s', (_, server) => {
  const knows = (name: string): boolean => findParameter(name)!.majors.includes(server.major);
  const isBad = ([name, value]: Assignment): boolean => whyIllegal(name, findParameter(name, server.major)!, value) !== undefined;
  const known = (table: Readonly<Record<string, readonly string[]>>): Assignment[][] =>
    rounds(Object.fromEntries(Object.entries(table).filter(([name]) => knows(name))));

  test('takes the values that the rules take', async () => {
    const tables = server.major >= 18 ? [LEGAL, LEGAL_ON_18] : [LEGAL];
    for (const round of tables.flatMap(known)) {
      expect(round.filter(isBad)).toEqual([]);
      expect(await refused(server, round)).toEqual([]);
    }
  });

  test('refuses the values that the rules refuse', async () => {
    for (const round of known(ILLEGAL)) {
      expect(round.filter((one) => !isBad(one))).toEqual([]);
      expect(await refused(server, round)).toEqual(round);
    }
  });

  test('refuses today what the rules let pass with a warning as perhaps younger than Node', async () => {
    for (const round of known(PERHAPS)) {
      expect(round.filter(isBad)).toEqual([]);
      expect(codesOf({ parameters: Object.fromEntries(round) })).toEqual(round.map(() => 'PG1309'));
      expect(await refused(server, round)).toEqual(round);
    }
  });

  test('takes a time zone that is younger than Node, of which the rules only warn', async () => {
    const older = jest.spyOn(Intl, 'DateTimeFormat').mockImplementation(() => { throw new RangeError('Invalid time zone specified'); });
    const round: Assignment[] = [['timezone', 'America/Ciudad_Juarez'], ['log_timezone', 'america/ciudad_juarez']];
    const [bad, codes] = [round.filter(isBad), codesOf({ parameters: Object.fromEntries(round) })];
    older.mockRestore();
    expect(bad).toEqual([]);
    expect(codes).toEqual(['PG1309', 'PG1309']);
    expect(await refused(server, round)).toEqual([]);
  });

  test('has the bounds of all numbers where the rules have them', async () => {
    const numbers = Object.keys(catalogue).filter(knows).map((name) => ({ name, ...findParameter(name, server.major)! }))
      .filter(({ name, kind, context }) => ['integer', 'real'].includes(kind) && context !== 'internal' && !BOUND_BY_OTHERS.includes(name));
    const around = ({ min, max }: { min?: number; max?: number }): string[] => [min!, max!, min! + 1, max! - 1, min! - 1, max! + 1].map(String);
    for (const round of known(Object.fromEntries(numbers.map((parameter) => [parameter.name, around(parameter)])))) {
      expect(await refused(server, round)).toEqual(round.filter(isBad));
    }
  });

  test('refuses whatever text the rules refuse', async () => {
    const texts = Object.keys({ ...LEGAL, ...ILLEGAL }).filter((name) => knows(name) && findParameter(name, server.major)!.kind === 'string');
    const samples = Object.fromEntries(texts.map((name) => [name, fc.sample(hostile, { numRuns: 60 })]));
    let bad = 0;
    for (const round of known(samples)) {
      const certain = await refused(server, round);
      expect(certain).toEqual(expect.arrayContaining(round.filter(isBad)));
      bad += round.filter(isBad).length;
    }
    expect(bad).toBeGreaterThan(100);
  });

  test('does not start with what the rules find beside illegal values', async () => {
    const pod = await Pod.start({ server, mounts: [{ path: '/tmp', kind: 'memory' }] });
    const data = ['-D', '/tmp/data'];
    expect((await pod.exec(['initdb', ...data, '--no-sync', '--no-locale'])).status).toBe(0);
    for (const [code, parameters, said] of DEADLY) {
      expect(codesOf({ parameters })).toContain(code);
      const settings = Object.entries({ unix_socket_directories: '/tmp', listen_addresses: '', ...parameters }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
      const { status, stderr } = await pod.exec(['timeout', '10', 'postgres', ...data, ...settings]);
      expect(stderr).toMatch(said);
      expect(status).toBe(1);
    }
    await pod.end();
  });

  test('never runs a command to archive beside a library, which the rules refuse', async () => {
    const parameters = { archive_mode: 'on', archive_library: 'basic_archive', archive_command: 'touch /tmp/ran' };
    expect(codesOf({ parameters })).toEqual(['PG1310']);
    const pod = await Pod.start({ server, mounts: [{ path: '/tmp', kind: 'memory' }] });
    const data = ['-D', '/tmp/data'];
    expect((await pod.exec(['initdb', ...data, '--no-sync', '--no-locale'])).status).toBe(0);
    const settings = Object.entries({ unix_socket_directories: '/tmp', listen_addresses: '', ...parameters }).map(([name, value]) => `-c ${name}='${value}'`);
    expect((await pod.exec(['pg_ctl', ...data, '-w', '-l', '/tmp/log', '-o', settings.join(' '), 'start'])).status).toBe(0);
    await pod.exec(['psql', '-h', '/tmp', '-d', 'postgres', '-c', 'CREATE TABLE a ()', '-c', 'SELECT pg_switch_wal()']);
    // the archiver itself says it: the oldest server asks the library, which has no directory here, and all others neither
    const said = server.major === 15 ? 'WARNING:  archive_mode enabled, yet archiving is not configured' : 'FATAL:  both "?archive_command"? and "?archive_library"? set';
    expect((await pod.exec(['timeout', '20', 'bash', '-c', 'until grep -qE "$1" /tmp/log; do sleep 0.1; done', 'wait', said])).status).toBe(0);
    expect((await pod.exec(['test', '-e', '/tmp/ran'])).status).toBe(1);
    await pod.end();
  });
});
