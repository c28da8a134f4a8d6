import { Cluster } from './cluster';
import { Pod } from './pod';
import { server } from './servers';
import { streaming } from '../runtime/replicas-fixture';

jest.setTimeout(300_000);

afterEach(async () => Pod.endAll());

function linked(pods: Cluster, ordinal: number): boolean {
  try {
    return Boolean(pods.address(ordinal));
  } catch {
    return false;
  }
}

test('what is applied while a pod starts reaches it, as it would by a kubelet', async () => {
  const pods = await streaming(server(17));
  await pods.killPod(2);
  for (const ordinal of [0, 1]) pods.withhold(ordinal);
  const starting = pods.startPod(2);
  // it has been described, and does not run yet
  while (!linked(pods, 2)) await new Promise(setImmediate);
  pods.declare({ primary: 1 });
  await starting;
  const declared = await pods.pod(2).exec(['cat', '/etc/cdk8s-postgres/topology/primary']);
  expect(declared.stdout).toBe('1\n');
});
