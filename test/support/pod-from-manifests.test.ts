import { Pod, temporaryClaim } from './pod';
import { filesAt, KubernetesObject, podFromManifests } from './pod-from-manifests';
import { servers } from './servers';

jest.setTimeout(60_000);

const server = servers[servers.length - 1];
const statefulSet: KubernetesObject = {
  kind: 'StatefulSet',
  metadata: { name: 'db' },
  spec: {
    template: {
      spec: {
        securityContext: { runAsUser: 70, runAsGroup: 70, fsGroup: 70 },
        terminationGracePeriodSeconds: 77,
        containers: [{
          name: 'postgres',
          command: ['bash', '-c'],
          args: ['echo $PLAIN $POD $FROM_SECRET; id -u; cat /etc/settings/conf /etc/one /etc/credentials/file; ls /etc/credentials; echo x >/shared/x; cat /again/x; touch /data/y'],
          env: [
            { name: 'PLAIN', value: 'plain' },
            { name: 'DOLLARS', value: '$$(PLAIN) a$$$$b' },
            { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
            { name: 'FROM_SECRET', valueFrom: { secretKeyRef: { name: 'secret', key: 'a' } } },
            { name: 'ABSENT', valueFrom: { configMapKeyRef: { name: 'none', key: 'a', optional: true } } },
          ],
          volumeMounts: [
            { name: 'data', mountPath: '/data' },
            { name: 'settings', mountPath: '/etc/settings', readOnly: true },
            { name: 'settings', mountPath: '/etc/one', subPath: 'one' },
            { name: 'credentials', mountPath: '/etc/credentials' },
            { name: 'shared', mountPath: '/shared' },
            { name: 'shared', mountPath: '/again' },
            { name: 'shm', mountPath: '/dev/shm' },
          ],
          readinessProbe: { exec: { command: ['ready'] } },
        }],
        volumes: [
          { name: 'settings', configMap: { name: 'settings', defaultMode: 0o444 } },
          { name: 'credentials', secret: { secretName: 'secret', optional: true, items: [{ key: 'a', path: 'file' }, { key: 'missing', path: 'missing' }] } },
          { name: 'shared', emptyDir: {} },
          { name: 'shm', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
        ],
      },
    },
  },
};
const manifests: KubernetesObject[] = [
  statefulSet,
  { kind: 'ConfigMap', metadata: { name: 'settings' }, data: { conf: 'conf\n', one: 'one\n' } },
  { kind: 'Secret', metadata: { name: 'secret' }, data: { a: Buffer.from('hidden').toString('base64') } },
];

test('a pod from manifests is the pod that they describe', async () => {
  const description = podFromManifests(manifests, { server, claims: { data: temporaryClaim() }, ordinal: 2 });
  expect(description).toMatchObject({ grace: 77, probes: { readiness: ['ready'], startup: [] }, hostname: 'db-2' });
  const pod = await Pod.start(description);
  await expect(pod.exited).resolves.toEqual({ status: 0, signal: null });
  expect(pod.logs()).toBe('plain db-2 hidden\n70\nconf\none\nhiddenfile\nx\n');
});

test('two dollars of a variable are one, as the kubelet reads them', () => {
  const { env } = podFromManifests(manifests, { server, claims: { data: temporaryClaim() } });
  expect(env).toMatchObject({ PLAIN: 'plain', DOLLARS: '$(PLAIN) a$$b' });
});

test('files of a changed manifest are found for an update', () => {
  const claims = { data: temporaryClaim() };
  expect(filesAt(podFromManifests(manifests, { server, claims }), '/etc/settings')).toEqual({ conf: 'conf\n', one: 'one\n' });
  expect(() => filesAt(podFromManifests(manifests, { server, claims }), '/data')).toThrow('no files are mounted at /data');
});

test('what the manifests lack is an error', () => {
  const describe = (objects: KubernetesObject[], claims = {}) => () => podFromManifests(objects, { server, claims });
  expect(describe(manifests)).toThrow('the volume data is neither a ConfigMap, Secret or emptyDir nor among the given claims');
  expect(describe([statefulSet], { data: '/tmp' })).toThrow('the Secret secret is not among the manifests');
  expect(describe([])).toThrow('0 workloads');
});
