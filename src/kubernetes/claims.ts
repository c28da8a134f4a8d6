import type { PersistentVolumeClaimSpec } from 'kubernetes-types/core/v1';
import type { Capacity } from '../plan/plan';

/** What a claim asks for, the same for data, write-ahead log and backups. */
export function claimSpec({ size, storageClasses, accessMode }: Capacity): PersistentVolumeClaimSpec {
  return {
    accessModes: [accessMode],
    resources: { requests: { storage: size.text } },
    ...Object.fromEntries(storageClasses.map((storageClass) => ['storageClassName', storageClass])),
  };
}
