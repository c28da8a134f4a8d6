import { find, podSpecs, synthesize } from '../support/find';
import { allProps } from '../support/props';

test('has no token and no rights', () => {
  const manifests = synthesize();
  expect(find(manifests, 'ServiceAccount')).toMatchObject({ metadata: { name: 'orders-db' }, automountServiceAccountToken: false });
  expect(manifests.filter(({ kind }) => /Role/.test(kind))).toEqual([]);
});

test.each([['the own one', { ...allProps, serviceAccountName: undefined }, 'ledger'], ['that of the user', allProps, 'runner']])('pods use %s and mount no token', (_, props, name) => {
  const pods = podSpecs(synthesize(props));
  expect(pods).toHaveLength(3);
  for (const pod of pods) expect(pod).toMatchObject({ serviceAccountName: name, automountServiceAccountToken: false });
});

test('that of the user is not composed', () => {
  expect(synthesize(allProps).some(({ kind }) => kind === 'ServiceAccount')).toBe(false);
});
