import { Json, podTemplate, synthesize } from '../support/find';
import { allProps, SomeProps } from '../support/props';

const pod = (props: SomeProps = {}): Json => podTemplate(synthesize(props)).spec;
const volume = (name: string, props: SomeProps = {}): Json => pod(props).volumes.find((one: Json) => one.name === name);

test('is one container of the stock image without an init container', () => {
  expect(pod().containers.map(({ name, image }: Json) => [name, image])).toEqual([['postgres', 'postgres:18.6-trixie']]);
});

test('has time to stop', () => {
  expect(pod().terminationGracePeriodSeconds).toBe(300);
});

test('/dev/shm is memory of a size', () => {
  expect(volume('shared-memory')).toEqual({ name: 'shared-memory', emptyDir: { medium: 'Memory', sizeLimit: '128Mi' } });
});

test('copies of secrets live in memory', () => {
  expect(volume('run').emptyDir.medium).toBe('Memory');
});

test('the Secret is optional as a whole and mounted key by key, readable by its group only', () => {
  expect(volume('credentials').secret).toEqual({
    secretName: 'orders-db-credentials',
    optional: true,
    defaultMode: 0o440,
    items: ['username', 'password', 'superuser-password', 'replication-password', 'backup-password', 'restore-password'].map((key) => ({ key, path: key })),
  });
});

test('scripts are executable and nothing that is mounted from a ConfigMap can be written', () => {
  expect(volume('scripts').configMap.defaultMode).toBe(0o555);
  const mounts: Json[] = pod().containers[0].volumeMounts;
  const configured = pod().volumes.filter(({ configMap, secret }: Json) => configMap ?? secret).map(({ name }: Json) => name);
  expect(mounts.filter(({ name, readOnly }) => configured.includes(name) && readOnly !== true)).toEqual([]);
});

test('what a running server takes over is mounted as a folder, since files by subPath never change', () => {
  const mounts: Json[] = pod().containers[0].volumeMounts;
  expect(mounts.filter(({ name }) => ['reload', 'access', 'topology', 'databases', 'credentials'].includes(name)).map(({ subPath }) => subPath)).toEqual(Array(5).fill(undefined));
});

test('every mount has a volume', () => {
  for (const props of [{}, allProps]) {
    const manifest = synthesize(props).find(({ kind }) => kind === 'StatefulSet');
    const claims = manifest.spec.volumeClaimTemplates.map(({ metadata }: Json) => metadata);
    const volumes = [...manifest.spec.template.spec.volumes, ...claims].map(({ name }: Json) => name);
    const mounted = manifest.spec.template.spec.containers.flatMap(({ volumeMounts }: Json) => volumeMounts.map(({ name }: Json) => name));
    expect(mounted.filter((name: string) => !volumes.includes(name))).toEqual([]);
    expect(new Set(volumes).size).toBe(volumes.length);
  }
});

test('scheduling', () => {
  expect(pod(allProps)).toMatchObject({
    nodeSelector: { disk: 'ssd' },
    priorityClassName: 'important',
    imagePullSecrets: [{ name: 'mirror' }],
    tolerations: [
      { key: 'database', operator: 'Exists' },
      { key: 'zone', operator: 'Equal', value: 'a', effect: 'NoExecute', tolerationSeconds: 300 },
    ],
  });
});

test('nothing empty is written', () => {
  expect(Object.keys(pod())).toEqual(expect.not.arrayContaining(['nodeSelector', 'tolerations', 'imagePullSecrets', 'priorityClassName']));
});

test('a sidecar', () => {
  expect(pod(allProps).containers[1]).toEqual({
    name: 'exporter',
    image: 'example.com/exporter:1.0',
    imagePullPolicy: 'Always',
    command: ['exporter'],
    args: ['--verbose'],
    env: [{ name: 'LEVEL', value: 'info' }],
    ports: [{ name: 'metrics', containerPort: 9187, protocol: 'TCP' }],
    resources: { requests: { cpu: '100m', memory: '32Mi' }, limits: { memory: '64Mi' } },
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] }, runAsUser: 65534 },
    volumeMounts: [{ name: 'socket', mountPath: '/var/run/postgresql' }, { name: 'scratch', mountPath: '/scratch', readOnly: true }],
  });
});

test('labels and annotations of the user are on the pod', () => {
  expect(podTemplate(synthesize(allProps)).metadata).toMatchObject({ labels: { team: 'finance' }, annotations: { 'example.com/contact': 'finance@example.com' } });
});
