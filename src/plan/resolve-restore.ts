import type { BackupPlan, CredentialFile, ExternalSecretPlan, RestorePlan } from './plan';
import { seconds } from './seconds';
import { textOf } from './texts';
import type { ExternalSecretEntry, ExternalSecretOptions } from '../external-secret';

/** One Job for each claim: which backup on it is restored is said when it is started. */
export function resolveRestores(name: string, backups: readonly BackupPlan[]): RestorePlan[] {
  const claims = backups.map(({ claim }) => claim.name);
  return backups.filter((_, index) => claims.indexOf(claims[index]) === index).map(({ id, claim, parallelJobs, resources }, index) => ({
    name: `${name}-restore${index === 0 ? '' : index + 1}`,
    backupId: id,
    claimName: claim.name,
    parallelJobs,
    resources,
  }));
}

export function resolveExternalSecret(options: ExternalSecretOptions | undefined): ExternalSecretPlan[] {
  if (options == null) return [];
  const given: [CredentialFile, ExternalSecretEntry | undefined][] = [
    ['password', options.password],
    ['superuser-password', options.superuserPassword],
    ['replication-password', options.replicationPassword],
    ['backup-password', options.backupPassword],
    ['restore-password', options.restorePassword],
  ];
  return [{
    store: { kind: textOf(options.store?._kind), name: textOf(options.store?._name) },
    refreshSeconds: seconds(options.refreshInterval) ?? 3600,
    entries: given.flatMap(([file, entry]) => entry == null ? [] : [{
      file,
      key: textOf(entry.key),
      properties: entry.property == null ? [] : [entry.property],
      versions: entry.version == null ? [] : [entry.version],
    }]),
  }];
}
