import { Size } from 'cdk8s';
import { Database } from './support/database';
import { diagnosed, Namespace } from './support/namespace';
import { OldDeployment, run } from './support/old-deployment';
import { Runbook } from './support/runbook';
import { answer, refuses } from './support/volume';
import { Acknowledgement, PostgresVersion, Storage } from '../../src';

const HEADING = 'A data directory that is where ours would be';

let namespace: Namespace;
let page: Runbook;
const told = diagnosed(() => namespace);

beforeAll(told(async () => {
  // the old image starts as root, and makes the volume its user's
  namespace = await Namespace.create('in-place', { privileged: true });
  page = new Runbook('migrate.md', namespace, {}, /(?<=--namespace )legacy\b/g);
}));

afterAll(async () => {
  page?.delete();
  await namespace?.delete();
});

test('a data directory that is where ours would be is asked about, taken over as the runbook says, and serves without the acknowledgement', told(async () => {
  const old = new OldDeployment(namespace, 'legacy', { major: 18 });
  await old.start();
  await page.follow(HEADING, 'kubectl --namespace legacy exec deploy/legacy -- psql');
  await old.stop();
  expect(await run('rebind.sh', [namespace.name, old.claim, 'data-shop-db-0'])).toMatchObject({ status: 0 });

  const database = new Database(namespace, 'shop-db', { version: PostgresVersion.V18, database: 'shop', storage: Storage.persistent(Size.gibibytes(1)) });
  await namespace.secret('shop-db-credentials', { password: 'new' });
  await database.apply();
  const reason = await refuses(database, 'other-libc: which C library sorted the indexes of /var/lib/postgresql/18/docker is not known');
  const shown = await page.follow(HEADING, 'kubectl --namespace legacy exec shop-db-0 -- cat');
  expect(shown).toContain(`reason=${reason}`);
  expect(await database.exec('ls', '/var/lib/postgresql')).not.toContain('identity');
  const [, image] = /the image has (\S+):/.exec(reason)!;

  await database.apply({ acknowledgements: [Acknowledgement.otherLibc('unknown')] });
  const { metadata: { uid } } = await database.ready();
  const query = 'SELECT count(*), min(text) FROM orders';
  const rows = `${OldDeployment.ROWS}|00411460f7c92d2124a67ea0f4cb5f85`;
  expect(await answer(database, query, 'shop')).toBe(rows);
  await page.follow(HEADING, 'kubectl --namespace legacy exec shop-db-0 -- reindexdb');
  expect(await page.follow(HEADING, 'kubectl --namespace legacy exec shop-db-0 -- grep')).toBe(`libc=${image}\n`);
  await database.apply();
  await database.ready({ notUid: uid });
  expect(await answer(database, query, 'shop')).toBe(rows);
}));
