import { PodManagement } from '../../src';
import { diagnosed, Namespace } from './support/namespace';
import { Replicas } from './support/replicas';

// Pods one after the other, as a user asks for who wants to see each of them ready before the next.

let namespace: Namespace;
const told = diagnosed(() => namespace);

beforeAll(told(async () => {
  namespace = await Namespace.create('replicas-ordered');
}));

afterAll(async () => {
  await namespace?.delete();
});

test('pods that start in their order become a primary and replicas that stream, also after all were stopped', told(async () => {
  const database = new Replicas(namespace, 'ordered-db');
  await database.start({ instances: 3, podManagement: PodManagement.ORDERED_READY });
  await database.sql('CREATE TABLE items AS SELECT n FROM generate_series(1, 1000) n');
  await namespace.run(['scale', 'statefulset/ordered-db', '--replicas=0']);
  await namespace.run(['wait', 'pod', '--for=delete', '--all', '--timeout=120s']);
  await namespace.run(['scale', 'statefulset/ordered-db', '--replicas=3']);
  await database.streaming(2);
  expect(await database.everywhere('SELECT count(*) FROM items', 'postgres')).toEqual(['1000', '1000', '1000']);
}));
