import { find, synthesize } from '../support/find';

const ofKind = (instances: number) => synthesize({ instances }).filter(({ kind }) => kind === 'PodDisruptionBudget');

test('a drain takes one pod of several at a time, and any that is not ready', () => {
  const [{ apiVersion, metadata, spec }] = ofKind(2);
  expect([apiVersion, metadata.name]).toEqual(['policy/v1', 'orders-db']);
  expect(spec).toEqual({
    maxUnavailable: 1,
    unhealthyPodEvictionPolicy: 'AlwaysAllow',
    selector: find(synthesize(), 'StatefulSet').spec.selector,
  });
  expect(ofKind(9)[0].spec).toEqual(spec);
});

test('one pod has no budget, which would keep its node from being drained', () => {
  expect(ofKind(1)).toEqual([]);
});
