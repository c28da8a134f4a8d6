import { streaming, write } from './replicas-fixture';
import { logsNow, PATIENCE, says } from './switchover-fixture';
import { Pod } from '../support/pod';
import { server } from '../support/servers';

jest.setTimeout(300_000);

const one = server(17);
const STANDBY = '/run/cdk8s-postgres/standby.conf';

afterEach(async () => Pod.endAll());

// PostgreSQL leaves a receiver with its connection where it is told of another primary just while it waits for its next position
test('a receiver that streams from another pod than the one that is followed is ended, and connects to that one', async () => {
  const pods = await streaming(one);
  await write(pods, 10);
  await pods.waitForStreaming();
  const begin = logsNow(pods);
  const configure = async (pattern: string): Promise<void> => {
    const { status } = await pods.pod(2).exec(['bash', '-c', `sed "${pattern}" ${STANDBY} >${STANDBY}.new && mv ${STANDBY}.new ${STANDBY}`]);
    expect(status).toBe(0);
    await pods.sql(2, 'SELECT pg_reload_conf()');
  };
  await pods.sql(1, "SELECT pg_create_physical_replication_slot('pod_2', true)");
  await configure('s/orders-db-0/orders-db-1/');
  await says(pods, 2, 'receives from orders-db-1.orders-db-headless, although orders-db-0.orders-db-headless is followed: the connection is ended', begin);
  await configure('s/orders-db-1/orders-db-0/');
  await pods.waitForStreaming({ timeout: PATIENCE });
  await pods.waitFor(async () => (await pods.sql(2, 'SELECT sender_host FROM pg_stat_wal_receiver')) === 'orders-db-0.orders-db-headless', { what: 'the receiver of pod 2' });
});
