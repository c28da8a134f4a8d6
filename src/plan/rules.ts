import type { Rule } from './rule';
import { accessRules } from './rules/access';
import { backupRules } from './rules/backups';
import { containerRules } from './rules/containers';
import { credentialRules } from './rules/credentials';
import { databaseRules } from './rules/databases';
import { declaredRules } from './rules/declared';
import { exposureRules } from './rules/exposure';
import { externalSecretRules } from './rules/external-secret';
import { ImportedPlan, importedRules } from './rules/imported';
import { listRules } from './rules/lists';
import { nameRules } from './rules/names';
import { networkRules } from './rules/network';
import { parameterRules } from './rules/parameters';
import { platformRules } from './rules/platform';
import { podRules } from './rules/pods';
import { primaryRules } from './rules/primary';
import { replicationRules } from './rules/replication';
import { storageRules } from './rules/storage';
import { synchronousRules } from './rules/synchronous';
import { tlsRules } from './rules/tls';
import { versionRules } from './rules/version';

/** Every rule, by code. A new rule is a new row; a code is never used again. */
export const RULES: readonly Rule[] = [
  ...nameRules,
  ...versionRules,
  ...databaseRules,
  ...parameterRules,
  ...storageRules,
  ...podRules,
  ...backupRules,
  ...credentialRules,
  ...externalSecretRules,
  ...containerRules,
  ...accessRules,
  ...declaredRules,
  ...exposureRules,
  ...networkRules,
  ...platformRules,
  ...replicationRules,
  ...primaryRules,
  ...synchronousRules,
  ...tlsRules,
  ...listRules,
];

/** Those that a plan with holes in its lists is judged by: all others would tell places that the user's lists do not have. */
export const RULES_OF_HOLES: readonly Rule[] = listRules;

/** Those that a database of another program is judged by. */
export const RULES_OF_IMPORTED: readonly Rule<ImportedPlan>[] = importedRules;
