import type { Rule } from './rule';
import { backupRules } from './rules/backups';
import { containerRules } from './rules/containers';
import { credentialRules } from './rules/credentials';
import { databaseRules } from './rules/databases';
import { nameRules } from './rules/names';
import { parameterRules } from './rules/parameters';
import { podRules } from './rules/pods';
import { storageRules } from './rules/storage';
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
  ...containerRules,
];
