import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { endPromotion, hasSlot, hold, makeSlot, processIn, stays, toldToPromote } from './held-fixture';
import { promote } from './promotion-fixture';
import {
  expectKept, expectNoCopies, failOver, logOf, logsNow, moveTo, offered, order, PATIENCE, primaries, roleAndSlots, says, settled, written,
} from './switchover-fixture';
import { Pod } from '../support/pod';
import { server } from '../support/servers';

jest.setTimeout(900_000);

const one = server(17);

afterEach(async () => Pod.endAll());

test('a claim on a pod that does not answer when it is to be given up is given up once that answers', async () => {
  const { pods, writers } = await written(one);
  const goOn = await offered(pods);
  await makeSlot(pods, 0, 'claimed_t1_by_1');
  const begin = logsNow(pods);
  await pods.pod(0).kill();
  pods.declare({ primary: 0 });
  goOn();
  await says(pods, 1, 'switchover: waits for orders-db-0.orders-db-headless to become the primary', begin);
  await pods.pod(0).restart();
  await writers.confirmed(0);
  await expectKept(pods, writers);
});

test('a pod whose promotion is under way keeps its claim, though nothing is offered to it any more', async () => {
  const { pods, writers } = await written(one);
  const begin = logsNow(pods);
  const goOn = await offered(pods);
  const recover = await hold(pods, 1, /^postgres: .*startup/);
  pods.withhold(1);
  goOn();
  await toldToPromote(pods, 1);
  pods.declare({ primary: 2 });
  await says(pods, 0, 'switchover-refused: orders-db-1.orders-db-headless may have taken over and does not say so', begin);
  expect(hasSlot(pods, 0, 'offered_t1_to_1')).toBe(false);
  await endPromotion(pods, 1);
  await says(pods, 1, 'the server could not be promoted', begin);
  await stays(pods, []);
  expect(hasSlot(pods, 0, 'claimed_t1_by_1')).toBe(true);
  recover();
  await pods.waitFor(async () => (await primaries(pods)).join() === '1', { timeout: PATIENCE, what: 'a primary 1' });
  pods.deliver(1);
  await writers.confirmed(2);
  await expectKept(pods, writers);
  expectNoCopies(pods, begin);
});

test('a candidate that has not received yet what the one that stepped down has claims nothing, says so, and takes over with all of it', async () => {
  const { pods, writers } = await written(one);
  const begin = logsNow(pods);
  const receive = await hold(pods, 1, /^postgres: .*walreceiver/);
  // only pods 0 and 2 have these
  await writers.confirmed(0, 20);
  pods.declare({ primary: 1 });
  await says(pods, 0, 'it is more than 1000 ms behind; this server goes on writing', begin);
  // started anew, a primary that another pod is to replace offers its right to that one, whatever that has
  await pods.restartContainer(0);
  await pods.waitFor(async () => /^t:.*offered_t1_to_1/.test(await roleAndSlots(pods, 0)), { timeout: PATIENCE, what: 'a pod 0 that offers' });
  await says(pods, 1, 'switchover-waits: orders-db-0.orders-db-headless has stepped down, and has what this server has not received yet', begin);
  await stays(pods, []);
  expect(hasSlot(pods, 0, 'claimed_t1_by_1')).toBe(false);
  receive();
  await settled(pods);
  await writers.confirmed(1);
  await expectKept(pods, writers);
  expect(order(writers)).toEqual([0, 1]);
  expectNoCopies(pods, begin);
});

test('a candidate that cannot be prepared to be the primary claims nothing: the primary goes on writing until it can', async () => {
  const { pods, writers } = await written(one);
  const begin = logsNow(pods);
  const left = "current_setting('max_replication_slots')::int - (SELECT count(*)::int FROM pg_replication_slots)";
  await pods.sql(1, `SELECT pg_create_physical_replication_slot('of_others_' || n) FROM generate_series(1, ${left}) AS n`);
  pods.declare({ primary: 1 });
  await says(pods, 1, 'switchover-waits: this server cannot make the replication slots of the others; its log says why', begin);
  const waits = 'is declared to be the primary, but it has not said yet that it knows of that; this server goes on writing';
  await says(pods, 0, `switchover-waits: orders-db-1.orders-db-headless ${waits}`, begin);
  await stays(pods, [0]);
  await writers.confirmed(0);
  await pods.sql(1, "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name LIKE 'of_others_%'");
  await writers.confirmed(1);
  await expectKept(pods, writers);
  expectNoCopies(pods, begin);
});

test('a candidate that is killed at the end of its recovery, on its own timeline already, takes over when it is back', async () => {
  const { pods, writers } = await written(one);
  const begin = logsNow(pods);
  appendFileSync(join(pods.claim(1), '17/docker/postgresql.auto.conf'), "recovery_end_command = 'sleep 1000'\n");
  await pods.sql(1, 'SELECT pg_reload_conf()');
  pods.declare({ primary: 1 });
  await processIn(pods, 1, /^sleep 1000$/);
  await pods.restartContainer(1);
  await writers.confirmed(1);
  await expectKept(pods, writers);
  expect(order(writers)).toEqual([0, 1]);
  expectNoCopies(pods, begin);
});

test('a pod that was the primary once and is promoted by hand has no right to it: the declared primary goes on', async () => {
  const { pods, writers } = await written(one);
  await moveTo(pods, 1);
  await moveTo(pods, 0);
  const over = () => pods.pod(1).processes().every(({ command }) => !command.join(' ').includes('switchover.sh'));
  await pods.waitFor(over, { timeout: PATIENCE, what: 'the end of the switchover in pod 1' });
  await promote(pods, 1);
  await pods.restart(1);
  await says(pods, 1, 'stale-primary: ');
  await stays(pods, [0]);
  await writers.confirmed(0);
  expect(logOf(pods, 0)).not.toContain('superseded');
});

test('a pod that could not take the writes back claims nothing any more, and a person has a third one take over', async () => {
  const { pods, writers } = await written(one);
  await offered(pods);
  await makeSlot(pods, 0, 'claimed_t1_by_1');
  await pods.killPod(1);
  pods.deleteClaim(1);
  await writers.stop();
  pods.declare({ primary: 0 });
  await says(pods, 0, 'switchover-refused: orders-db-1.orders-db-headless may have taken over and does not say so');
  pods.declare({ primary: 2 });
  let said = '';
  const judged = async () => {
    ({ said } = await failOver(pods, 2, '--force'));
    return said.includes('refused: orders-db-1 was about to take over and does not answer') && !said.includes('orders-db-0 is about to take over');
  };
  await pods.waitFor(judged, { timeout: PATIENCE, what: 'a failover that one thing stands against' }).catch((error) => { throw new Error(`${said}\n${String(error)}`); });
  expect(await failOver(pods, 2, '--force', '--accept-data-loss')).toMatchObject({ status: 0 });
  await pods.startPod(1);
  await settled(pods);
});
