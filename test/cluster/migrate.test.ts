import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Size } from 'cdk8s';
import { Database } from './support/database';
import { diagnosed, Namespace } from './support/namespace';
import { OldDeployment, Run, run, SCRIPTS } from './support/old-deployment';
import { figure, timed, until } from './support/wait';
import { PostgresVersion, Storage } from '../../src';

const ROWS = OldDeployment.ROWS;

let namespace: Namespace;
const told = diagnosed(() => namespace);

beforeAll(told(async () => {
  // the old image starts as root, and makes the volume its user's
  namespace = await Namespace.create('migrate', { privileged: true });
}));

afterAll(async () => {
  await namespace?.delete();
});

test('the volume of a Deployment is rebound and its database taken over without a copy, the rebinding killed on the way', told(async () => {
  const old = new OldDeployment(namespace, 'legacy', { major: 17, subPath: 'data' });
  await old.start();
  const { spec: { volumeName } } = await namespace.find('persistentvolumeclaim', old.claim);
  const rebind = [namespace.name, old.claim, 'data-shop-db-0'];
  const inUse = await run('rebind.sh', rebind);
  expect(inUse).toEqual({ status: 1, output: expect.stringMatching(/in use by legacy-\S+: scale its Deployment to 0/) });
  await old.stop();

  // every step may be the last one: later ones find what earlier ones have done
  let kills = 0;
  for (let seconds = 0.3; (await run('rebind.sh', rebind, seconds)).status !== 0; seconds += 0.3) kills += 1;
  expect(await run('rebind.sh', rebind)).toMatchObject({ status: 0 });
  expect(kills).toBeGreaterThan(2);
  const claim = await namespace.find('persistentvolumeclaim', 'data-shop-db-0');
  expect([claim.spec.volumeName, claim.status.phase]).toEqual([volumeName, 'Bound']);
  const volume = await namespace.find('persistentvolume', volumeName);
  expect(volume.spec.persistentVolumeReclaimPolicy).toBe('Retain');

  const database = new Database(namespace, 'shop-db', { version: PostgresVersion.V17, database: 'shop', storage: Storage.persistent(Size.gibibytes(1)) });
  await namespace.secret('shop-db-credentials', { password: 'new' });
  await database.apply();
  const state = (): Promise<string> => database.exec('cat', '/run/cdk8s-postgres/state');
  await until('the pod names what it found', 120, async () => (await state()).includes('reason=old-layout: '));
  expect(await state()).toContain('where a sub-path of the official image put it');
  const seconds = await timed(async () => {
    const { status, stderr } = await namespace.attempt(['exec', database.pod, '--', 'bash', '/opt/cdk8s-postgres/adopt.sh', '--libc=glibc-2.36']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining('took over') });
    await database.ready();
  });
  expect(await database.sql('SELECT count(*), min(text) FROM orders', 'shop')).toBe(`${ROWS}|00411460f7c92d2124a67ea0f4cb5f85`);
  expect(await database.sql('SELECT rolname FROM pg_roles WHERE rolsuper ORDER BY 1')).toBe('postgres\nshop');
  const giveUp = ['exec', '-i', database.pod, '--', 'psql', '-Xq', '-U', 'postgres', '-d', 'shop', '-v', 'role=shop'];
  await namespace.run(giveUp, { input: readFileSync(join(SCRIPTS, 'owner.sql'), 'utf8') });
  expect(await database.sql('SELECT rolname FROM pg_roles WHERE rolsuper AND rolcanlogin')).toBe('postgres');
  const owned = "SELECT string_agg(DISTINCT rolname, ' ') FROM pg_class c JOIN pg_roles r ON r.oid = relowner WHERE relnamespace = 'public'::regnamespace";
  expect(await database.sql(owned, 'shop')).toBe('shop');
  const asOwner = ['env', 'PGPASSWORD=new', 'psql', '-XAtqw', '-h', '127.0.0.1', '-U', 'shop', '-d', 'shop', '-c', 'INSERT INTO orders VALUES (0); SELECT is_big(1); SELECT count(*) FROM orders'];
  expect(await database.exec(...asOwner)).toBe(`f\n${ROWS + 1}\n`);
  figure(`rebound after ${kills} kills; adopt.sh → Ready ${seconds.toFixed(1)} s`);
  await namespace.run(['delete', 'statefulset', database.name]);
  await namespace.run(['delete', 'persistentvolumeclaim', 'data-shop-db-0', '--wait=false']);
  await namespace.run(['delete', 'persistentvolume', volumeName, '--wait=false']);
}));

test('the database of a Deployment of another major is copied into an empty one, which is refused a second time', told(async () => {
  const old = new OldDeployment(namespace, 'elder', { major: 15 });
  const database = new Database(namespace, 'copied-db', { version: PostgresVersion.V18, database: 'shop' });
  await Promise.all([old.start(), database.start()]);
  const copy = async (seconds?: number): Promise<Run> => run('copy.sh', [namespace.name, await old.pod(), 'shop', database.pod, 'shop', 'shop'], seconds);
  const killed = await copy(1.2);
  expect(killed.status).not.toBe(0);
  await until('the killed copy has ended', 60, async () => (await database.sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pg_restore'")) === '0');
  // what had been sent as a whole before the kill may have been committed, as a whole
  if ((await database.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", 'shop')) !== '0') {
    expect(await database.sql('SELECT count(*) FROM orders', 'shop')).toBe(`${ROWS}`);
    await database.sql('DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION pg_database_owner', 'shop');
  }
  expect(await copy()).toEqual({ status: 0, output: expect.stringContaining('every table has as many rows as before') });
  expect(await database.sql('SELECT count(*), min(text) FROM orders', 'shop')).toBe(`${ROWS}|00411460f7c92d2124a67ea0f4cb5f85`);
  expect(await database.sql("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'", 'shop')).toBe('shop');
  expect(await copy()).toEqual({ status: 1, output: expect.stringContaining('the database shop of copied-db-0 is not empty: public.empty, public.orders') });
  await expect(old.sql('CREATE TABLE late (n int)')).rejects.toThrow(/read-only transaction/);
}));
