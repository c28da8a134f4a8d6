import { declaredFiles, loginRoles, preloadFile } from './declared';
import { keepAnnotations, objectLabels } from './labels';
import type { Manifest } from './manifest';
import { hashedName, stableName } from './names';
import { PATHS, RELOAD_FILE, STANDBY_FILE } from './paths';
import { accessOf } from '../plan/access';
import { perPlan } from '../plan/per-plan';
import type { Plan, Setting } from '../plan/plan';
import { whileAlike } from '../plan/while-alike';
import { reloadConfiguration, restartConfiguration } from '../postgres/configuration';
import { hostBasedAccess, userNameMap } from '../postgres/host-based-access';
import { jobScripts, serverScripts } from '../runtime';

/** The operating system's name of the user that runs the server. */
const CONTAINER_USER = 'postgres';

/** The scripts of the server's pods. Immutable: a running pod keeps the ones that it started with. */
export const scriptsConfigMap = perPlan((plan) => immutable(plan, 'scripts', serverScripts()));

/** The scripts of the Jobs: apart from the server's, so that a better backup restarts no server. */
export const jobScriptsConfigMap = perPlan((plan) => immutable(plan, 'jobs', jobScripts()));

/** The settings that need a restart. Immutable: a change is a new object and a new pod template. */
export const settingsConfigMap = perPlan((plan) => immutable(plan, 'settings', {
  'postgresql.conf': restartConfiguration(settingsThatNeed(plan, 'restart'), `${PATHS.reload}/${RELOAD_FILE}`, `${PATHS.run}/${STANDBY_FILE}`),
  ...plan.image.ownPasswd ? { passwd: passwd(plan) } : {},
  ...preloadFile(plan),
}));

/** The settings that a running server takes over. */
export const reloadConfigMap = perPlan((plan) => stable(plan, 'reload', { [RELOAD_FILE]: reloadText(settingsThatNeed(plan, 'reload')) }));
const reloadText = whileAlike(reloadConfiguration);

/** Who may connect from where. */
export const accessConfigMap = perPlan((plan) => stable(plan, 'access', {
  'pg_hba.conf': hostBasedAccess(accessOf(plan)),
  'pg_ident.conf': userNameMap(CONTAINER_USER, loginRoles(plan)),
}));

/**
 * How many pods there are, which one takes writes and what it does with an empty volume, how many replicas it waits for, and the limits of its move to
 * another pod, in milliseconds and seconds: outside the pod template, so that a change restarts nothing.
 */
export const topologyConfigMap = perPlan((plan) => stable(plan, 'topology', {
  'instances': `${plan.instances}\n`,
  'primary': `${plan.primaryOrdinal}\n`,
  'empty-volume': `${plan.emptyVolume}\n`,
  'quorum': `${plan.replication.quorum}\n`,
  'switchover-lag': `${plan.replication.switchoverLagMilliseconds}\n`,
  'switchover-delay': `${plan.replication.switchoverDelaySeconds}\n`,
}));

/** The databases and roles that the agent makes. */
export const databasesConfigMap = perPlan((plan) => stable(plan, 'databases', declaredFiles(plan)));

function settingsThatNeed(plan: Plan, needs: Setting['needs']): Setting[] {
  return plan.settings.filter((setting) => setting.needs === needs);
}

/** Without an entry here the operating system cannot tell the name of a user that the image may not know. */
function passwd(plan: Plan): string {
  return [
    'root:x:0:0:root:/root:/bin/bash',
    `${CONTAINER_USER}:x:${plan.image.runAsUser}:${plan.image.runAsGroup}::${PATHS.volume}:/bin/bash`,
    'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin',
    '',
  ].join('\n');
}

function stable(plan: Plan, purpose: string, data: Readonly<Record<string, string>>): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: stableName(plan, purpose), labels: objectLabels(plan), annotations: plan.annotations },
    body: { data },
  };
}

/** Kept when a GitOps tool prunes: pods of an older revision must be able to start at any moment of a canary or after a roll-back. */
function immutable(plan: Plan, purpose: string, data: Readonly<Record<string, string>>): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: hashedName(plan, purpose, data), labels: objectLabels(plan), annotations: keepAnnotations(plan) },
    body: { data, immutable: true },
  };
}
