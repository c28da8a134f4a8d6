import { ImagePullPolicy } from '../../image';
import { IpFamily, IpFamilyPolicy } from '../../ip-family';
import { PodManagement } from '../../rollout';
import { TaintEffect } from '../../scheduling';
import { ClaimRetention, StorageAccessMode } from '../../storage';
import { isLabelKey } from '../legal-names';
import type { Plan, VolumePlan } from '../plan';
import { error, offence, outside, Rule, warning } from '../rule';

export const platformRules: readonly Rule[] = [
  {
    code: 'PG2501',
    severity: error,
    cause: 'is a user or group that is asked for although the cluster is to assign one, which would refuse the pod',
    cure: 'leave it out, or leave `podSecurity: PodSecurity.platformAssigned()` out',
    offences: ({ platform }) => platform.contradictions,
  },
  {
    code: 'PG2502',
    severity: error,
    cause: 'is not a choice of address families that a Service can have',
    cure: 'name each family once, and one only with `IpFamilyPolicy.SINGLE_STACK`',
    offences: ({ platform: { ipFamilies, ipFamilyPolicies } }) => offence(
      new Set(ipFamilies).size < ipFamilies.length || ipFamilyPolicies.includes('SingleStack') && ipFamilies.length > 1,
      'ipFamilies', ipFamilies.join(', '),
    ),
  },
  {
    code: 'PG2503',
    severity: error,
    cause: 'is not a wave that Argo CD can read',
    cure: 'use a whole number; negative ones come first',
    offences: ({ platform: { syncWaves } }) => syncWaves.flatMap((wave) => offence(!Number.isSafeInteger(wave), 'syncWave', wave)),
  },
  {
    code: 'PG2504',
    severity: error,
    cause: 'is not a key that annotations of pods and Services can have',
    cure: 'use letters, digits, `-`, `_` and `.`, at most 63 of them, behind an optional domain and a slash',
    // those of all objects have a rule of their own
    offences: ({ annotations, platform: { podAnnotations, serviceAnnotations } }) =>
      Object.entries({ podAnnotations, serviceAnnotations }).flatMap(([prop, map]) =>
        Object.keys(map).filter((key) => !isLabelKey(key) && !Object.hasOwn(annotations, key)).map((value) => ({ prop, value }))),
  },
  {
    code: 'PG2505',
    severity: error,
    cause: 'is no value of the enum that belongs here',
    cure: 'use a value of `IpFamily`, `IpFamilyPolicy`, `ImagePullPolicy`, `PodManagement`, `StorageAccessMode`, `ClaimRetention` or `TaintEffect`',
    offences: (plan) => [
      ...plan.platform.ipFamilies.flatMap((family, index) => outside(IpFamily, `ipFamilies[${index}]`, family)),
      ...plan.platform.ipFamilyPolicies.flatMap((policy) => outside(IpFamilyPolicy, 'ipFamilyPolicy', policy)),
      ...outside(ImagePullPolicy, 'imagePullPolicy', plan.platform.imagePullPolicy),
      ...outside(PodManagement, 'podManagement', plan.podManagement),
      ...Object.entries(plan.claimRetention).flatMap(([when, retention]) => outside(ClaimRetention, `storage.${when}`, retention)),
      ...everyAccessMode(plan).flatMap(([prop, mode]) => outside(StorageAccessMode, prop, mode)),
      ...plan.scheduling.tolerations.flatMap(({ effects }, index) => effects.flatMap((effect) => outside(TaintEffect, `scheduling.tolerations[${index}].effect`, effect))),
    ],
  },
  {
    code: 'PG2506',
    severity: warning,
    cause: 'is a wave that Argo CD takes for unfinished until every claim is bound, which those of backups are not before the first backup '
      + 'where their StorageClass waits for a consumer',
    cure: 'give Argo CD the health check for claims that stands in the runbook platform, or make the claims yourself and name them by '
      + '`BackupTarget.existingClaim`, or leave `syncWave` out',
    offences: ({ backups, platform: { syncWaves } }) => {
      const claims = backups.flatMap(({ claim }) => claim.composed ? [claim.name] : []);
      return syncWaves.flatMap((wave) => offence(claims.length > 0, 'syncWave', wave, claims.join(', ')));
    },
  },
];

function everyAccessMode({ data, wal, backups }: Pick<Plan, 'data' | 'wal' | 'backups'>): [string, string][] {
  const mode = (prop: string, volume: VolumePlan): [string, string][] => volume.kind === 'persistent' ? [[`${prop}.accessMode`, volume.accessMode]] : [];
  return [
    ...mode('storage', data),
    ...wal.flatMap((volume) => mode('walStorage', volume)),
    ...backups.flatMap(({ claim }, index): [string, string][] => claim.composed ? [[`backups[${index}].target.accessMode`, claim.accessMode]] : []),
  ];
}
