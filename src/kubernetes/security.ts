import type { PodSecurityContext, SecurityContext } from 'kubernetes-types/core/v1';
import type { Plan } from '../plan/plan';

/**
 * What the Pod Security Standard `restricted` asks for.
 *
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
export function podSecurity({ image, platform }: Plan): PodSecurityContext {
  return {
    runAsNonRoot: true,
    ...platform.assignsUser ? {} : { runAsUser: image.runAsUser, runAsGroup: image.runAsGroup, fsGroup: image.runAsGroup },
    // A walk over every file of a large volume would delay every start.
    fsGroupChangePolicy: 'OnRootMismatch',
    seccompProfile: { type: 'RuntimeDefault' },
  };
}

export function containerSecurity(): SecurityContext {
  return {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  };
}
