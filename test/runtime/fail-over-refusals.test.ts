import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { state } from './fixture';
import { hold } from './held-fixture';
import { filled, ready, rows, synthesize } from './replicas-fixture';
import { failOver, PATIENCE, primaries, roleAndSlots, says } from './switchover-fixture';
import { filledInSync } from './taken-for-lost-fixture';
import { Tls } from '../../src';
import { Authority } from '../support/certificates';
import { Cluster } from '../support/cluster';
import { Pod } from '../support/pod';
import { server, serversThatCan } from '../support/servers';

jest.setTimeout(900_000);

const one = server(17);
/** What overrides losses overrides nothing here. */
const FORCED = [['--force'], ['--force', '--accept-data-loss']];

/** Of three pods, pod 0, the primary, is lost, and pod 1 is declared. */
async function lost(pods: Cluster): Promise<Cluster> {
  await pods.killPod(0);
  pods.withhold(0);
  pods.declare({ primary: 1 });
  return pods;
}

/** It is refused with that sentence, nobody is promoted, and nothing of it is left on those pods. */
async function expectRefused(pods: Cluster, options: readonly string[], sentence: string, ordinals = pods.ordinals): Promise<void> {
  const { status, said } = await failOver(pods, 1, ...options);
  expect([options, status, said]).toEqual([options, 1, expect.stringContaining(`refused: ${sentence}`)]);
  for (const ordinal of ordinals) expect([ordinal, await roleAndSlots(pods, ordinal)]).toEqual([ordinal, expect.stringMatching(/^t:(?!.*(fenced|heeded|claimed)_)/)]);
}

/** What was in the way is not there any more. */
async function expectTakenOver(pods: Cluster, expected = '10|55'): Promise<void> {
  expect(await failOver(pods, 1, '--force')).toMatchObject({ status: 0 });
  await pods.waitForStreaming({ ordinals: [2], timeout: PATIENCE });
  expect(await primaries(pods)).toEqual([1]);
  for (const ordinal of pods.ordinals) expect(await rows(pods, ordinal)).toBe(expected);
}

afterEach(async () => Pod.endAll());

test('a pod that has not replayed what it has is not promoted, whatever is accepted, and takes over with all of it when its replay goes on', async () => {
  const pods = await filled(one);
  await pods.sql(1, 'SELECT pg_wal_replay_pause()');
  await pods.sql(0, 'INSERT INTO kept SELECT generate_series(11, 20)');
  const received = "SELECT bool_and(flush_lsn = pg_current_wal_lsn()) AND count(*) = 2 FROM pg_stat_replication WHERE state = 'streaming'";
  await pods.waitFor(async () => await pods.sql(0, received) === 't', { timeout: PATIENCE, what: 'replicas that have received everything' });
  await lost(pods);
  for (const options of FORCED) await expectRefused(pods, options, 'this pod has not replayed yet what it has: wait until it has, its log tells\n');
  await pods.sql(1, 'SELECT pg_wal_replay_resume()');
  await expectTakenOver(pods, '20|210');
});

test('a pod whose server is kept stopped is not promoted, whatever is accepted, and takes over when that runs', async () => {
  const pods = await lost(await filled(one));
  const file = join(pods.claim(1), 'cdk8s-postgres.hold');
  writeFileSync(file, '');
  await state(pods.pod(1), 'held', undefined, PATIENCE);
  for (const options of FORCED) await expectRefused(pods, options, 'the server of this pod does not answer\n', [2]);
  rmSync(file);
  await ready(pods, 1, PATIENCE);
  await expectTakenOver(pods);
});

test('a pod whose server hangs is not promoted, whatever is accepted, and takes over when that goes on', async () => {
  const pods = await lost(await filled(one));
  const goOn = await hold(pods, 1, /^postgres -D /);
  for (const options of FORCED) await expectRefused(pods, options, 'the server of this pod does not answer\n', [2]);
  goOn();
  await ready(pods, 1, PATIENCE);
  await expectTakenOver(pods);
});

describe('a standby that does not let itself be cut off from the lost primary keeps the other one from taking over, until it does', () => {
  const sentences: readonly [string, () => Promise<Cluster>, string][] = [
    ['asynchronous', async () => filled(one), 'of 1 standbys that answer 0 receive from this pod now: the others may go on with the lost primary, or have more\n'],
    ['synchronous', async () => filledInSync(one), '2 of 3 pods do not answer, or could not be cut off from the lost primary, and what was confirmed last may be on 2 of these only: bring one of them back\n'],
  ];

  test.each(sentences)('%s', async (_, made, sentence) => {
    const pods = await lost(await made());
    const heed = await hold(pods, 2, /^bash \/opt\/cdk8s-postgres\/switchover\.sh$/);
    await expectRefused(pods, ['--force'], sentence);
    heed();
    await expectTakenOver(pods);
  });
});

test('a pod whose receiver does not end is not promoted, whatever is accepted, since the lost primary may live, and takes over when it has ended', async () => {
  const pods = await filled(one);
  const receive = await hold(pods, 1, /^postgres: .*walreceiver/);
  await lost(pods);
  await expectRefused(pods, ['--force', '--accept-data-loss'], 'this pod still receives from the lost primary, which may live\n');
  // the recovery waits for the receiver from then on
  await expectRefused(pods, ['--force', '--accept-data-loss'], 'this pod has not replayed yet what it has: wait until it has, its log tells\n');
  receive();
  await expectTakenOver(pods);
});

test.each(serversThatCan('openssl').slice(0, 1))('%s: a pod that does not encrypt yet, while this one asks for that, may be the primary', async (postgres) => {
  const certificate = new Authority().secret('certificate', { name: 'orders-db', dnsNames: ['orders-db', '*.orders-db-headless'] });
  const pods = await filled(postgres);
  pods.apply([...synthesize(postgres, { tls: Tls.fromSecretName('certificate') }), certificate]);
  await pods.restart(1);
  await ready(pods, 1, PATIENCE);
  await lost(pods);
  for (const options of FORCED) await expectRefused(pods, options, 'orders-db-2 is alive (plain) and may be the primary\n');
  await pods.restart(2);
  await says(pods, 2, ' prepare: ');
  await pods.waitFor(async () => (await failOver(pods, 1)).status === 0, { timeout: PATIENCE, what: 'nothing that stands against it' });
  await expectTakenOver(pods);
});
