import { Size } from 'cdk8s';
import { PodManagement, Rollout, Storage } from '../../src';
import { find, synthesize } from '../support/find';
import { allProps, SomeProps } from '../support/props';

const spec = (props: SomeProps = {}) => find(synthesize(props), 'StatefulSet').spec;

test('has one pod under the name of its governing Service', () => {
  expect(spec()).toMatchObject({
    serviceName: 'orders-db-headless',
    replicas: 1,
    podManagementPolicy: 'Parallel',
    revisionHistoryLimit: 10,
    selector: { matchLabels: { 'cdk8s-postgres/cluster': 'orders-db', 'cdk8s-postgres/component': 'server' } },
  });
});

test('claims are kept', () => {
  expect(spec().persistentVolumeClaimRetentionPolicy).toEqual({ whenDeleted: 'Retain', whenScaled: 'Retain' });
});

test('claims go only where the program says so', () => {
  expect(spec(allProps).persistentVolumeClaimRetentionPolicy).toEqual({ whenDeleted: 'Delete', whenScaled: 'Delete' });
});

test.each([
  ['rollingUpdate', Rollout.rollingUpdate(), { type: 'RollingUpdate', rollingUpdate: { partition: 0 } }],
  ['partition', Rollout.partition(1), { type: 'RollingUpdate', rollingUpdate: { partition: 1 } }],
  ['onDelete', Rollout.onDelete(), { type: 'OnDelete' }],
  ['canary', Rollout.canary(), { type: 'RollingUpdate', rollingUpdate: { partition: 2 } }],
  ['replicas only', Rollout.replicasOnly(), { type: 'RollingUpdate', rollingUpdate: { partition: 1 } }],
  ['a pause', Rollout.paused(), { type: 'RollingUpdate', rollingUpdate: { partition: 3 } }],
])('the update strategy of %s among three pods', (_, rollout, expected) => {
  expect(spec({ instances: 3, rollout })).toMatchObject({ replicas: 3, updateStrategy: expected });
});

test('pods may be started in order', () => {
  expect(spec({ podManagement: PodManagement.ORDERED_READY }).podManagementPolicy).toBe('OrderedReady');
});

test('the claim asks for the cluster\'s default class where none is named', () => {
  expect(spec({ storage: Storage.persistent(Size.gibibytes(20)) }).volumeClaimTemplates).toMatchObject([
    { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '20Gi' } } } },
  ]);
  expect(spec().volumeClaimTemplates[0].spec).not.toHaveProperty('storageClassName');
});

test('the log has a claim of its own', () => {
  const claims = spec(allProps).volumeClaimTemplates
    .map(({ metadata, spec: claim }: { metadata: { name: string }; spec: object }) => [metadata.name, claim]);
  expect(claims).toEqual([
    ['data', {
      accessModes: ['ReadWriteOncePod'],
      storageClassName: 'fast',
      resources: { requests: { storage: '50Gi' } },
      dataSource: { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 'before' },
    }],
    ['wal', { accessModes: ['ReadWriteOnce'], storageClassName: 'fast', resources: { requests: { storage: '8Gi' } } }],
  ]);
});

test('without claims the volumes are folders of the pod', () => {
  const ephemeral = spec({ storage: Storage.ephemeral(), walStorage: Storage.ephemeral() });
  expect(ephemeral.volumeClaimTemplates).toBeUndefined();
  expect(ephemeral.template.spec.volumes.slice(0, 2)).toEqual([{ name: 'data', emptyDir: {} }, { name: 'wal', emptyDir: {} }]);
});
