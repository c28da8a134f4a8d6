import { backupPassword, backupRoleSql, Claim, Finished, scripts } from './backup-fixture';
import { configuration, serving, sql } from './fixture';
import { authority, encrypted, secret } from './tls-fixture';
import { Authority } from '../support/certificates';
import { Files, Pod } from '../support/pod';
import { Server, serversThatCan } from '../support/servers';

jest.setTimeout(180_000);

const encryptingServers = serversThatCan('openssl');
const pair = authority.issue({ name: 'orders-db', dnsNames: ['orders-db'] });

async function database(server: Server): Promise<{ server: Server; pod: Pod }> {
  const pod = await serving(server, encrypted({ files: secret(pair), settings: "log_connections = 'on'\n" }));
  await pod.waitForLog('reloaded the configuration');
  await sql(pod, `${backupRoleSql} ALTER ROLE backup PASSWORD '${backupPassword.replace(/'/g, '\'\'')}';`);
  return { server, pod };
}

/** A Job that finds these files where an authority is mounted, and gives up on the server soon. */
async function backUp(from: { server: Server; pod: Pod }, files: Files, host = 'orders-db'): Promise<Finished> {
  return new Claim().run(from, {
    env: { PGHOST: host },
    files: scripts((text) => text.replace('server_wait_seconds=120', 'server_wait_seconds=1')),
    mounts: [{ path: `${configuration}/tls`, kind: 'files', files, mode: 0o440 }],
    pod: { hosts: { 'orders-db': '127.0.0.1', 'other-db': '127.0.0.1' } },
  });
}

test.each(encryptingServers)('a backup of %s checks the server with the authority and its name, and is refused by another server', async (postgres) => {
  const from = await database(postgres);
  const good = await backUp(from, { 'ca.crt': authority.certificate });
  expect([good.status, good.last]).toEqual([0, expect.stringContaining('is complete')]);
  const logIns = from.pod.logs().split('\n').filter((line) => line.includes('connection authorized: user=backup'));
  expect(logIns.length).toBeGreaterThan(2);
  expect(logIns.filter((line) => !line.includes('SSL enabled'))).toEqual([]);

  const stranger = await backUp(from, { 'ca.crt': new Authority().certificate });
  expect([stranger.status, stranger.last]).toEqual([1, expect.stringContaining('certificate verify failed')]);
  const misnamed = await backUp(from, { 'ca.crt': authority.certificate }, 'other-db');
  expect([misnamed.status, misnamed.last]).toEqual([1, expect.stringContaining('does not match host name "other-db"')]);
  await from.pod.end();
});

test.each(encryptingServers)('a backup of %s without an authority is encrypted all the same, and says that the server was not checked', async (postgres) => {
  const from = await database(postgres);
  for (const files of [{}, { 'ca.crt': '' }] as Files[]) {
    const { status, log } = await backUp(from, files);
    expect([status, log]).toEqual([0, expect.stringContaining('the connection is encrypted, but the server is not checked')]);
  }
  await from.pod.end();
});
