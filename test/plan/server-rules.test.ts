import { Size } from 'cdk8s';
import { backup, mount, parameters, sidecar, WRONG_SERVERS } from './server-rules';
import { BackupTarget, Credentials, EnvironmentValue, PostgresVersion } from '../../src';
import { codesOf, findingsOf, SomeProps } from '../support/props';

test.each(WRONG_SERVERS)('%s for %j', (code, props, fragments) => {
  const messages = findingsOf(props).filter((finding) => finding.code === code).map(({ message }) => message);
  expect(messages).not.toEqual([]);
  for (const fragment of fragments) expect(messages.join('\n')).toContain(fragment);
});

const roomy: SomeProps = { resources: { memory: Size.gibibytes(64) } };

test.each<[string, SomeProps]>([
  ['a first minor version', { version: PostgresVersion.of('18.0') }],
  ['as many processes as there are numbers', { ...roomy, ...parameters({ max_connections: '262097' }) }],
  ['as many processes as 16 has numbers', { ...roomy, version: PostgresVersion.V16, ...parameters({ max_connections: '262111' }) }],
  ['workers of autovacuum beyond the slots', parameters({ autovacuum_max_workers: '262143' })],
  ['a socket that only the owner writes to', parameters({ unix_socket_permissions: '0200' })],
  ['a mode that is no octal number', parameters({ unix_socket_permissions: '511' })],
  ['a short transaction', parameters({ transaction_timeout: '100' })],
  ['transactions without a limit', parameters({ transaction_timeout: '0' })],
  ['a thousand connections', parameters({ max_connections: '1000' })],
  ['much shared memory where there is much memory', { ...roomy, ...parameters({ max_connections: '20000', wal_buffers: '1GB' }) }],
  ['a mebibyte for a sidecar', sidecar({ resources: { memory: Size.mebibytes(1) } })],
  ['64 MiB for a backup', backup({ resources: { memory: Size.mebibytes(64) } })],
  ['ten thousand backups', backup({ retention: { keepLast: 10_000, monthly: 10_000 } })],
  ['the claim of another database', backup({ target: BackupTarget.existingClaim('data-orders-0') })],
  ['a claim that only begins like one of ours', backup({ target: BackupTarget.existingClaim('data-orders-db-0a') })],
  ['a password with whole surrogate pairs', { credentials: Credentials.unsafePlainText({ password: '😀' }) }],
  ['any other text', { environment: { A: EnvironmentValue.fromText('a\n\u0001😀'), B: EnvironmentValue.fromText('') } }],
  ['commands of several lines', sidecar({ command: ['sh', '-c'], args: ['a\nb', ''] })],
  ['a library of one\'s own', mount('/usr/lib/postgresql/18/lib/mine')],
  ['dictionaries', mount('/usr/share/postgresql/18/tsearch_data')],
])('%s is no finding', (_, props) => {
  expect(codesOf(props)).toEqual([]);
});

test('what is wrong with the memory is told once', () => {
  expect(codesOf(backup({ resources: { memory: Size.mebibytes(1), memoryLimit: Size.mebibytes(2) } }))).toEqual(['PG1409']);
  expect(codesOf(sidecar({ resources: { memory: Size.mebibytes(1), memoryLimit: Size.mebibytes(0) } }))).toEqual(['PG1403']);
  expect(codesOf(parameters({ shared_buffers: '2GB', max_connections: '20000' }))).toEqual(['PG1307']);
});

test('numbers of an untyped caller are texts of a container', () => {
  expect(codesOf(sidecar({ args: [7 as unknown as string], environment: { A: EnvironmentValue.fromText(8 as unknown as string) } }))).toEqual([]);
});
