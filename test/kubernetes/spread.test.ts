import { Spread } from '../../src';
import { Json, podTemplate, synthesize } from '../support/find';

const specWith = (spread?: Spread, instances = 1): Json => podTemplate(synthesize({ instances, scheduling: { spread } })).spec;
const labelSelector = { matchLabels: { 'cdk8s-postgres/cluster': 'orders-db', 'cdk8s-postgres/component': 'server' } };
const preferred = (topologyKey: string) => ({ weight: 100, podAffinityTerm: { topologyKey, labelSelector } });

test.each([1, 3])('the pods of %d prefer other hosts and other zones, each by itself, so that a cluster without zones keeps hosts apart too', (instances) => {
  const { affinity, topologySpreadConstraints } = specWith(undefined, instances);
  expect(affinity).toEqual({
    podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [preferred('kubernetes.io/hostname'), preferred('topology.kubernetes.io/zone')] },
  });
  expect(topologySpreadConstraints).toBeUndefined();
});

test('other places are those that are named, and no others', () => {
  expect(specWith(Spread.preferred('example.com/rack')).affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution).toEqual([preferred('example.com/rack')]);
});

test('what is required is required of every place that is named', () => {
  const { affinity, topologySpreadConstraints } = specWith(Spread.required('kubernetes.io/hostname', 'example.com/rack'));
  expect(topologySpreadConstraints).toEqual(['kubernetes.io/hostname', 'example.com/rack'].map((topologyKey) => ({
    maxSkew: 1, topologyKey, whenUnsatisfiable: 'DoNotSchedule', labelSelector,
  })));
  expect(affinity).toBeUndefined();
});

test('where nothing is asked for nothing is written', () => {
  const spec = specWith(Spread.unrestricted());
  expect(spec).not.toHaveProperty('affinity');
  expect(spec).not.toHaveProperty('topologySpreadConstraints');
});
