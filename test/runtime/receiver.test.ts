import { streaming, write } from './replicas-fixture';
import { logOf, logsNow, PATIENCE } from './switchover-fixture';
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
  await configure('s/orders-db-0/orders-db-1/');
  const ended = 'receives from orders-db-1.orders-db-headless, although orders-db-0.orders-db-headless is followed: the connection is ended';
  await pods.waitFor(async () => {
    // until it is used, pod 1 drops it as one of nobody
    await pods.sql(1, "SELECT pg_create_physical_replication_slot('pod_2', true) WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = 'pod_2')");
    return logOf(pods, 2, begin).includes(ended);
  }, { timeout: PATIENCE, what: ended });
  await configure('s/orders-db-1/orders-db-0/');
  await pods.waitForStreaming({ timeout: PATIENCE });
  await pods.waitFor(async () => (await pods.sql(2, 'SELECT sender_host FROM pg_stat_wal_receiver')) === 'orders-db-0.orders-db-headless', { what: 'the receiver of pod 2' });
});
