import { Cron } from 'cdk8s';
import { Backup, Exposure, ImagePullPolicy, IpFamily, IpFamilyPolicy, PodSecurity, PostgresImage, PostgresVersion } from '../../src';
import { Json, podSpecs, podTemplate, synthesize } from '../support/find';
import type { SomeProps } from '../support/props';

const backups = [Backup.logical({ schedule: Cron.daily() })];
const sidecars = [{ name: 'one', image: 'a:1' }];
const pods = (props: SomeProps): Json[] => podSpecs(synthesize({ backups, sidecars, ...props }));
const ofKind = (kind: string, props: SomeProps): Json[] => synthesize(props).filter((manifest) => manifest.kind === kind);

test('where the cluster assigns the user no pod asks for one, and the rest stays restricted', () => {
  for (const pod of pods({ podSecurity: PodSecurity.platformAssigned() })) {
    expect(pod.securityContext).toEqual({ runAsNonRoot: true, fsGroupChangePolicy: 'OnRootMismatch', seccompProfile: { type: 'RuntimeDefault' } });
    for (const { securityContext } of pod.containers) {
      expect(securityContext).toEqual({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } });
    }
  }
});

test('the assigned user has a name in every process of the server\'s container, and no passwd file is mounted over it', () => {
  const image = PostgresImage.custom({ image: 'a:1' });
  const [{ containers: [server] }] = pods({ podSecurity: PodSecurity.platformAssigned(), image });
  expect(server.env).toEqual(expect.arrayContaining([
    { name: 'LD_PRELOAD', value: 'libnss_wrapper.so' },
    { name: 'NSS_WRAPPER_PASSWD', value: '/run/cdk8s-postgres/passwd' },
    { name: 'NSS_WRAPPER_GROUP', value: '/run/cdk8s-postgres/group' },
  ]));
  expect(server.volumeMounts.map(({ mountPath }: Json) => mountPath)).not.toContain('/etc/passwd');
  const [{ containers: [ordinary] }] = pods({ image });
  expect(ordinary.env.filter(({ name }: Json) => /^(LD|NSS)_/.test(name))).toEqual([]);
});

test('a user namespace of its own, for every pod', () => {
  for (const { hostUsers } of pods({ hostUsers: false })) expect(hostUsers).toBe(false);
  expect(pods({}).flatMap((pod) => Object.keys(pod))).not.toContain('hostUsers');
});

test('the pull policy is that of every container', () => {
  const containers = (props: SomeProps): Json[] => pods(props).flatMap((pod) => pod.containers);
  const policies = (props: SomeProps): string[] => containers(props).map(({ imagePullPolicy }) => imagePullPolicy);
  expect(policies({}).length).toBeGreaterThanOrEqual(3);
  expect(new Set(policies({ imagePullPolicy: ImagePullPolicy.ALWAYS }))).toEqual(new Set(['Always']));
  expect(new Set(policies({}))).toEqual(new Set(['IfNotPresent']));
});

test('every Service has the families that are asked for, and none unless asked', () => {
  const asked = { ipFamilies: [IpFamily.IPV6, IpFamily.IPV4], ipFamilyPolicy: IpFamilyPolicy.REQUIRE_DUAL_STACK };
  for (const { spec } of ofKind('Service', asked)) expect(spec).toMatchObject({ ipFamilies: ['IPv6', 'IPv4'], ipFamilyPolicy: 'RequireDualStack' });
  for (const { spec } of ofKind('Service', {})) expect(Object.keys(spec)).not.toEqual(expect.arrayContaining([expect.stringMatching(/^ipFamil/)]));
});

test('two families without a policy have the one that Kubernetes takes them with', () => {
  const [first, ...more] = ofKind('Service', { ipFamilies: [IpFamily.IPV6, IpFamily.IPV4], exposure: Exposure.nodePort({ acknowledgePlainText: true, acknowledgeAnySource: true }) });
  expect(more).toHaveLength(3);
  for (const { spec } of [first, ...more]) expect(spec).toMatchObject({ ipFamilies: ['IPv6', 'IPv4'], ipFamilyPolicy: 'PreferDualStack' });
  for (const { spec } of ofKind('Service', { ipFamilies: [IpFamily.IPV6] })) expect([spec.ipFamilies, spec.ipFamilyPolicy]).toEqual([['IPv6'], undefined]);
});

test('the volume is seen a second time only by servers whose image declares a volume that hides a part of it', () => {
  const paths = (version: PostgresVersion): string[] => pods({ version })[0].containers[0].volumeMounts
    .filter(({ name }: Json) => name === 'data').map(({ mountPath }: Json) => mountPath);
  expect(paths(PostgresVersion.V17)).toEqual(['/var/lib/postgresql', '/var/lib/postgresql-volume']);
  expect(paths(PostgresVersion.V18)).toEqual(['/var/lib/postgresql']);
});

test('annotations of pods are on every pod, those of Services on every Service, and nowhere else', () => {
  const props = { backups, annotations: { 'a.example/all': '1' }, podAnnotations: { 'a.example/pod': '2' }, serviceAnnotations: { 'a.example/service': '3' } };
  for (const { kind, metadata, spec } of synthesize(props)) {
    const service = kind === 'Service' ? { 'a.example/service': '3' } : {};
    expect(metadata.annotations).toMatchObject({ 'a.example/all': '1', ...service });
    expect([kind, Object.keys(metadata.annotations).filter((key) => key === 'a.example/service').length]).toEqual([kind, kind === 'Service' ? 1 : 0]);
    const template = spec?.template ?? spec?.jobTemplate?.spec.template;
    if (template) expect(template.metadata.annotations).toEqual({ 'a.example/all': '1', 'a.example/pod': '2' });
  }
});

describe('what GitOps tools key on', () => {
  const WAVE = 'argocd.argoproj.io/sync-wave';
  /** As Argo CD reads its lists: separated by commas, white space around them cut. */
  const options = (manifest: Json, list: string): string[] => (manifest.metadata.annotations?.[`argocd.argoproj.io/${list}`] ?? '').split(',').map((option: string) => option.trim());
  /** Objects that must outlive the program: pods of an older revision, or data, hang on them. */
  const isKept = ({ kind, immutable }: Json): boolean => kind === 'PersistentVolumeClaim' || immutable === true;
  const annotations = { 'argocd.argoproj.io/sync-options': 'ServerSideApply=true, Prune=true', 'argocd.argoproj.io/compare-options': 'IncludeMutationWebhook=true' };

  test('the wave is a number that Argo CD can read, on every object, and not on the pods, which it would restart', () => {
    const manifests = synthesize({ backups, syncWave: -5 });
    for (const { metadata } of manifests) expect(Number.parseInt(metadata.annotations[WAVE], 10)).toBe(-5);
    expect(podTemplate(manifests)).toEqual(podTemplate(synthesize({ backups })));
    expect(synthesize({}).filter(({ metadata }) => metadata.annotations?.[WAVE] !== undefined)).toEqual([]);
  });

  test('what must outlive the program is neither pruned nor deleted, nor leaves the application out of sync; the rest is pruned', () => {
    const manifests = synthesize({ backups, annotations });
    expect(manifests.filter(isKept).map(({ kind }) => kind).sort()).toEqual(expect.arrayContaining(['ConfigMap', 'ConfigMap', 'ConfigMap', 'PersistentVolumeClaim']));
    for (const manifest of manifests) {
      const kept = isKept(manifest);
      const { 'kustomize.toolkit.fluxcd.io/prune': flux, 'helm.sh/resource-policy': helm } = manifest.metadata.annotations;
      expect([flux, helm]).toEqual(kept ? ['disabled', 'keep'] : [undefined, undefined]);
      expect(options(manifest, 'sync-options')).toEqual(kept ? ['ServerSideApply=true', 'Prune=false', 'Delete=false'] : ['ServerSideApply=true', 'Prune=true']);
      expect(options(manifest, 'compare-options')).toEqual(['IncludeMutationWebhook=true', ...kept ? ['IgnoreExtraneous'] : []]);
    }
  });
});
