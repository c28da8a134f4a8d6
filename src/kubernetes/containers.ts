import type { EnvVar, ResourceRequirements, Volume, VolumeMount } from 'kubernetes-types/core/v1';
import type { EnvironmentPlan, ExtraVolumePlan, MountPlan, ResourcesPlan } from '../plan/plan';

export function resourceRequirements(resources: ResourcesPlan): ResourceRequirements {
  return {
    requests: { cpu: resources.cpu, memory: resources.memory.text },
    limits: { ...Object.fromEntries(resources.cpuLimits.map((limit) => ['cpu', limit])), memory: resources.memoryLimit.text },
  };
}

export function variables(values: Readonly<Record<string, string>>): EnvVar[] {
  return Object.entries(values).map(([name, value]) => ({ name, value: literally(value) }));
}

export function extraVariables(environment: readonly EnvironmentPlan[]): EnvVar[] {
  return environment.map((variable): EnvVar => {
    const { name, source, key } = variable;
    switch (variable.kind) {
      case 'text': return { name, value: literally(source) };
      case 'secretKey': return { name, valueFrom: { secretKeyRef: { name: source, key } } };
      case 'configMapKey': return { name, valueFrom: { configMapKeyRef: { name: source, key } } };
      case 'field': return { name, valueFrom: { fieldRef: { fieldPath: source } } };
    }
  });
}

/**
 * Kubernetes would put the value of another variable in place of `$(NAME)`, and one `$` in place of two.
 *
 * @see https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
 */
export function literally(text: string): string {
  return text.replace(/\$/g, '$$$$');
}

export function extraVolumes(volumes: readonly ExtraVolumePlan[]): Volume[] {
  return volumes.map((volume): Volume => {
    const { name, source } = volume;
    switch (volume.kind) {
      case 'configMap': return { name, configMap: { name: source, defaultMode: 0o444 } };
      case 'secret': return { name, secret: { secretName: source, defaultMode: 0o440 } };
      case 'claim': return { name, persistentVolumeClaim: { claimName: source } };
      case 'emptyDir': return { name, emptyDir: Object.fromEntries(volume.sizeLimits.map((limit) => ['sizeLimit', limit])) };
    }
  });
}

export function extraMounts(mounts: readonly MountPlan[]): VolumeMount[] {
  return mounts.map(({ volume, path, subPaths, readOnly }) => ({
    name: volume, mountPath: path, readOnly, ...Object.fromEntries(subPaths.map((subPath) => ['subPath', subPath])),
  }));
}
