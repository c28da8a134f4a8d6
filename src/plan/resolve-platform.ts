import { list } from './list';
import type { PlatformPlan } from './plan';
import { resolveTexts } from './texts';
import { ImagePullPolicy } from '../image';
import { IpFamilyPolicy } from '../ip-family';
import { PodSecurity } from '../pod-security';
import type { PostgresStatefulSetProps } from '../postgres-stateful-set-props';

/** What Argo CD orders objects by; on pods it would mean nothing and restart them. */
const SYNC_WAVE = 'argocd.argoproj.io/sync-wave';

/** What depends on the cluster and its tools, not on the database. */
export function resolvePlatform(props: PostgresStatefulSetProps): PlatformPlan {
  const assignsUser = (props.podSecurity ?? PodSecurity.restricted())._assigned;
  return {
    assignsUser,
    contradictions: assignsUser ? contradictions(props) : [],
    hostUsers: list(props.hostUsers),
    imagePullPolicy: props.imagePullPolicy ?? ImagePullPolicy.IF_NOT_PRESENT,
    ipFamilies: [...props.ipFamilies ?? []],
    // Kubernetes takes two families for a mistake where nothing says that both are meant
    ipFamilyPolicies: list(props.ipFamilyPolicy ?? ((props.ipFamilies ?? []).length > 1 ? IpFamilyPolicy.PREFER_DUAL_STACK : undefined)),
    podAnnotations: { ...resolveTexts(props.annotations ?? {}), ...resolveTexts(props.podAnnotations ?? {}) },
    serviceAnnotations: { ...resolveAnnotations(props), ...resolveTexts(props.serviceAnnotations ?? {}) },
    syncWaves: list(props.syncWave),
  };
}

/** Annotations of the objects; those of the pods are in the plan of the platform. */
export function resolveAnnotations(props: PostgresStatefulSetProps): Record<string, string> {
  return { ...resolveTexts(props.annotations ?? {}), ...Object.fromEntries(list(props.syncWave).map((wave) => [SYNC_WAVE, `${wave}`])) };
}

/** Users that the program asks for although the cluster is to assign one. */
function contradictions({ image, sidecars }: PostgresStatefulSetProps): { readonly prop: string; readonly value: number }[] {
  return [
    ...list(image?._custom?.runAsUser).map((value) => ({ prop: 'image.runAsUser', value })),
    ...list(image?._custom?.runAsGroup).map((value) => ({ prop: 'image.runAsGroup', value })),
    ...(sidecars ?? []).flatMap(({ runAsUser }, index) => list(runAsUser).map((value) => ({ prop: `sidecars[${index}].runAsUser`, value }))),
  ];
}
