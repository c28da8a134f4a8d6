import type { Volume, VolumeMount, VolumeProjection } from 'kubernetes-types/core/v1';
import { PATHS } from './paths';
import type { DatabasePlan, InitSqlPlan, Plan } from '../plan/plan';
import { Contents, contentsScript, isEmpty } from '../postgres/declared-contents';
import { databasesScript, passwordFiles, rolesScript } from '../postgres/declared-objects';

const PASSWORDS = 'role-passwords';
const INIT_SQL = 'init-sql';

/** The files that the agent and the first start apply. What is not declared has no file. */
export function declaredFiles(plan: Plan): Record<string, string> {
  const contents = plan.databases.map((database, index) => ({ file: `contents-${index}.sql`, ...contentsOf(plan, database) }))
    .filter((one) => !isEmpty(one));
  const texts = plan.initSql.map((one, index) => ({ ...one, file: initSqlFile(index) })).filter(({ kind }) => kind === 'text');
  return {
    'roles.sql': rolesScript(plan.roles, plan.applicationRoles),
    'databases.sql': databasesScript(plan.databases, plan.roles),
    'passwords': passwordFiles(plan.roles, plan.applicationRoles),
    ...contents.length === 0 ? {} : { contents: contents.map(({ file, database }) => `${file}\t${database}\n`).join('') },
    ...Object.fromEntries(contents.map((one) => [one.file, contentsScript(one)])),
    ...plan.initSql.length === 0 ? {} : { init: plan.initSql.map(initSqlLine).join('') },
    ...Object.fromEntries(texts.map((one) => [one.file, one.source])),
  };
}

/** Behind a name of the operating system stand all roles that its user may be. */
export function loginRoles(plan: Plan): string[] {
  return [...plan.roles, ...plan.applicationRoles.filter(({ login }) => login)].map(({ name }) => name);
}

/** Which libraries an extension asks for, so that a server starts also where its image lacks one. */
export function preloadFile({ preload, settings }: Plan): Record<string, string> {
  // Where libraries come from other folders too, nobody but the server can tell what is missing.
  const elsewhere = settings.some(({ name }) => name === 'dynamic_library_path');
  if (elsewhere || preload.every(({ extensions }) => extensions.length === 0)) return {};
  return { preload: preload.map(({ library, extensions }) => `${library}\t${extensions.join(', ')}\n`).join('') };
}

/** Optional as a whole and key by key: an older Secret never blocks a pod, and what is missing is told by the pod. */
export function declaredVolumes(plan: Plan): Volume[] {
  const passwords = plan.applicationRoles.flatMap((role) => role.passwords);
  const distinct = [...new Map(passwords.map((one) => [`${one.secretName}/${one.key}`, one])).entries()];
  return [
    ...projected(PASSWORDS, distinct.map(([path, { secretName, key }]) => ({ secret: keyOf(secretName, key, path) }))),
    ...projected(INIT_SQL, plan.initSql.flatMap((one, index) => projection(one, initSqlFile(index)))),
  ];
}

export function declaredMounts(plan: Plan): VolumeMount[] {
  return declaredVolumes(plan).map(({ name }) => ({ name, mountPath: name === PASSWORDS ? PATHS.rolePasswords : PATHS.initSql, readOnly: true }));
}

function contentsOf({ applicationRoles }: Plan, { name, owner, extensions, schemas }: DatabasePlan): Contents {
  const grants = applicationRoles.flatMap((role) => role.privileges.map((privilege) => ({ role: role.name, ...privilege })));
  return { database: name, owner, extensions, schemas, grants: grants.filter(({ database }) => database === name) };
}

/** Where the file is, how much psql may tell of its errors, and what people call it; the words of an error may hold a value. */
function initSqlLine({ kind, source: name, key }: InitSqlPlan, index: number): string {
  switch (kind) {
    case 'text': return `databases/${initSqlFile(index)}\tterse\tnumber ${index + 1} of initSql\n`;
    case 'configMap': return `init-sql/${initSqlFile(index)}\tterse\tthe key ${key} of the ConfigMap ${name}\n`;
    case 'secret': return `init-sql/${initSqlFile(index)}\tsqlstate\tthe key ${key} of the Secret ${name}\n`;
  }
}

function initSqlFile(index: number): string {
  return `init-${index + 1}.sql`;
}

function projection({ kind, source: name, key }: InitSqlPlan, path: string): VolumeProjection[] {
  switch (kind) {
    case 'text': return [];
    case 'configMap': return [{ configMap: keyOf(name, key, path) }];
    case 'secret': return [{ secret: keyOf(name, key, path) }];
  }
}

function keyOf(name: string, key: string, path: string): { name: string; optional: boolean; items: { key: string; path: string }[] } {
  return { name, optional: true, items: [{ key, path }] };
}

function projected(name: string, sources: VolumeProjection[]): Volume[] {
  return sources.length === 0 ? [] : [{ name, projected: { defaultMode: 0o440, sources } }];
}
