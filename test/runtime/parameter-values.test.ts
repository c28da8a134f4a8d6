import fc from 'fast-check';
import { findParameter } from '../../src/postgres/catalogue';
import catalogue from '../../src/postgres/catalogue.json';
import { whyIllegal } from '../../src/postgres/parameter-value';
import { Assignment, ILLEGAL, LEGAL, LEGAL_ON_18, refused, rounds } from '../support/parameter-values';
import { Pod } from '../support/pod';
import { codesOf } from '../support/props';
import { servers } from '../support/servers';

jest.setTimeout(180_000);

/** Each depends on the others, or on the stack of the shell that runs the tests. */
const BOUND_BY_OTHERS = ['max_stack_depth', 'max_connections', 'autovacuum_max_workers', 'max_wal_senders', 'max_worker_processes'];

const hostile = fc.oneof(
  fc.stringMatching(/^["A-Za-z0-9,. $+:<>/_-]{0,8}$/),
  fc.constantFrom(...[LEGAL, LEGAL_ON_18, ILLEGAL].flatMap((table) => Object.values(table).flat())),
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
});
