import { isDataKey, isDnsLabel, isLabelKey, isPort } from '../legal-names';
import type { EnvironmentPlan, MountPlan, Plan } from '../plan';
import { error, offence, Offence, Rule, warning } from '../rule';

/** Containers, volumes and folders of the server itself. */
const TAKEN_CONTAINERS = ['postgres', 'backup'];
const TAKEN_VOLUMES = [
  'data', 'wal', 'socket', 'run', 'temporary', 'shared-memory', 'scripts', 'settings', 'reload', 'access', 'topology', 'databases', 'credentials', 'role-passwords', 'init-sql', 'tls', 'backup',
];
const TAKEN_FOLDERS = [
  '/var/lib/postgresql', '/var/lib/postgresql-wal', '/var/lib/postgresql-volume', '/var/run/postgresql', '/run/cdk8s-postgres', '/etc/cdk8s-postgres', '/opt/cdk8s-postgres',
  '/tmp', '/dev', '/proc', '/sys', '/etc/passwd', '/backup', '/run/postgresql',
];
/** Folders of the image that must stay to be seen; something may be mounted below them. */
const PROGRAM_FOLDERS = ['/usr/bin', '/usr/sbin', '/usr/lib', '/usr/lib64', '/usr/share', '/usr/local/bin', '/usr/local/lib', '/usr/local/share', '/bin', '/lib', '/lib64', '/sbin'];
/** Where PostgreSQL itself is, on Debian by its major version, on Alpine without one. */
const serverFolders = (major: number): string[] => [
  `/usr/lib/postgresql/${major}/bin`, `/usr/lib/postgresql/${major}/lib`, `/usr/share/postgresql/${major}`, '/usr/local/lib/postgresql', '/usr/local/share/postgresql',
];

/** What bash reads, at its start or later, and the variables that the scripts of the pod assign: an inherited one would be exported to every program. */
const TAKEN_VARIABLES = new Set([
  'BASH', 'BASHOPTS', 'BASHPID', 'CDPATH', 'CHILD_MAX', 'COPROC', 'DIRSTACK', 'ENV', 'EPOCHREALTIME', 'EPOCHSECONDS', 'EUID', 'EXECIGNORE', 'FIGNORE', 'FUNCNAME',
  'FUNCNEST', 'GLOBIGNORE', 'GLOBSORT', 'GROUPS', 'HOME', 'HOSTNAME', 'IFS', 'LANG', 'LINENO', 'MAPFILE', 'OLDPWD', 'OPTARG', 'OPTERR', 'OPTIND', 'PATH', 'PIPESTATUS',
  'POSIXLY_CORRECT', 'PPID', 'PS4', 'PWD', 'RANDOM', 'SECONDS', 'SHELLOPTS', 'SHLVL', 'SRANDOM', 'TIMEFORMAT', 'TMOUT', 'TMPDIR', 'UID',
  'ACTION', 'AGENT', 'ALONE', 'ANSWER', 'ANSWERS', 'ASK_AT', 'BEAT', 'BEGUN', 'BEHIND_SINCE', 'CLAIMED', 'CLAIMS_GIVEN_UP', 'CLONE_LOCK', 'COMMAND', 'COMMITS_AT',
  'COMMON_WAL', 'COMPLETE', 'CONFIGURATION', 'CONTROL', 'CRASHED', 'CREDENTIALS', 'DATABASES', 'DECLARED', 'DIRECTORIES', 'END', 'ENDS', 'FACT', 'FAILURES',
  'FAULT', 'FENCED', 'FLOORS', 'FLOORS_TEXT', 'FOLLOWED', 'FORK', 'HEEDED', 'HELD', 'HISTORY', 'IDENTITY', 'IDLE_SLOTS', 'INSTANCES', 'JOB',
  'KEPT', 'LET_GO', 'LIBC', 'LOCK', 'LOCKED', 'LOOKS', 'LOOK_AT', 'LOSSES', 'MAKE_SIGN', 'MY_END', 'MY_SLOT', 'MY_SYSTEM', 'MY_TIMELINE', 'NAMESAKE', 'NEXT', 'NOTE', 'NOTE_TIMELINE', 'NO_ROOM', 'OLD_COPY',
  'ORDINAL', 'PASSFILE', 'PASSWORD', 'PAUSE', 'PEERS', 'PEER_PROBLEM', 'POSITION', 'PRIMARY', 'PRIMARY_ORDINAL', 'PRIMARY_SYSTEM', 'PRIVATE',
  'PROBLEM', 'PROBLEMS', 'PROMOTION_LOCK', 'PSQL', 'QUICK', 'QUIET', 'QUORUM', 'READY', 'REASON', 'RECEIVER', 'RECEIVES', 'RECOVERY', 'RECOVERY_AT', 'REFUSED', 'REJOINING',
  'REPLICATOR', 'REPLY', 'RESUMED', 'RIVAL_AT', 'ROLE', 'ROLE_PASSWORDS', 'RUNBOOK', 'SCRIPTS', 'SECOND_MOUNT', 'SEEN', 'SENTENCE', 'SERVER',
  'SILENT_SINCE', 'SLOTS_AT', 'SOURCE', 'STAGE', 'STAGING', 'STANDBYS', 'STARTED', 'STATUS', 'STEP', 'STEPPED_DOWN_FILE', 'STEP_DOWN_FILE', 'STOP', 'STOPPED', 'STOPPING', 'STRAY', 'STUCK_AT', 'STUCK_SINCE',
  'SUPERUSERS', 'SURVIVORS', 'SWITCHOVER', 'SWITCHOVER_AGAIN', 'SWITCHOVER_LAG', 'TIMELINE', 'TLS', 'TOLD', 'TOLD_AT', 'TOPOLOGY', 'UPTIME', 'VOLUME',
  'WAS_PRIMARY',
]);
const TAKEN_VARIABLE = /^(PG|POSTGRES_|LC_|LD_|NSS_WRAPPER_|BASH_|AGENT_|[A-Z]+_(FILE|DATABASE|OPTIONS|FAILED)$)/;

export const containerRules: readonly Rule[] = [
  {
    code: 'PG1901',
    severity: error,
    cause: 'is a variable that the server or its scripts read',
    cure: 'choose another name: taken are those that begin with PG, POSTGRES_, LC_, LD_, NSS_WRAPPER_ or BASH_, what bash reads, such as PATH and HOME, '
      + 'and what the scripts of the pod assign, such as PASSWORD and STATUS; parameters belong into `parameters`',
    offences: ({ environment }) => environment.filter(({ name }) => TAKEN_VARIABLES.has(name) || TAKEN_VARIABLE.test(name))
      .map(({ name, source }) => ({ prop: `environment["${name}"]`, value: source })),
  },
  {
    code: 'PG1902',
    severity: error,
    cause: 'is not a name that an environment variable can have',
    cure: 'use letters, digits and underscores, not beginning with a digit',
    offences: (plan) => everyVariable(plan).filter(({ variable }) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable.name))
      .map(({ prop, variable }) => ({ prop, value: variable.name })),
  },
  {
    code: 'PG1903',
    severity: error,
    cause: 'is not a name that a container or volume of the pod can have here',
    cure: `use a DNS label of at most 63 characters that is used once; taken are ${[...TAKEN_CONTAINERS, ...TAKEN_VOLUMES].join(', ')}`,
    offences: ({ sidecars, extraVolumes }) => [
      ...badNames(sidecars.map(({ name }) => name), TAKEN_CONTAINERS, 'sidecars'),
      ...badNames(extraVolumes.map(({ name }) => name), TAKEN_VOLUMES, 'volumeMounts'),
    ],
  },
  {
    code: 'PG1904',
    severity: error,
    cause: 'is not a folder where a volume can be mounted',
    cure: 'use an absolute path without `..`, `:` and control characters that is neither a folder of the server or its programs nor mounted twice, '
      + 'and a relative `subPath` without `..`',
    offences: ({ mounts, sidecars, version }) => [
      ...badPaths(mounts, TAKEN_FOLDERS, 'volumeMounts', [...PROGRAM_FOLDERS, ...serverFolders(version.major)]),
      ...sidecars.flatMap((sidecar, index) => badPaths(sidecar.mounts, sidecar.mountSocket ? ['/var/run/postgresql', '/run/postgresql'] : [], `sidecars[${index}].volumeMounts`)),
    ],
  },
  {
    code: 'PG1905',
    severity: error,
    cause: 'is not a port that a container beside the server can have',
    cure: 'use a number between 1 and 65535 other than 5432, once in the pod, under a name of at most 15 lower-case letters, digits and single hyphens other than `postgresql`',
    offences: (plan) => everyPort(plan)
      .flatMap(({ prop, name, port }, index, all) => offence(
        !isPort(port) || port === 5432 || !isPortName(name) || name === 'postgresql' || all.findIndex((other) => other.port === port) < index, prop, port)),
  },
  {
    code: 'PG1906',
    severity: error,
    cause: 'is not a user that may run a container',
    cure: 'use a whole number between 1 and 2147483647: the pod runs without root',
    offences: ({ sidecars }) => sidecars.flatMap(({ users }, index) => users.flatMap((user) =>
      offence(!Number.isInteger(user) || user < 1 || user >= 2 ** 31, `sidecars[${index}].runAsUser`, user))),
  },
  {
    code: 'PG1907',
    severity: error,
    cause: 'is not a key or field that a variable can be read from',
    cure: 'use a key of letters, digits, `-`, `_` and `.`, or one of the fields metadata.name, .namespace, .uid, .labels[\'…\'] and .annotations[\'…\'], '
      + 'spec.nodeName, spec.serviceAccountName, status.hostIP, status.podIP and status.podIPs',
    offences: (plan) => everyVariable(plan).flatMap(({ prop, variable: { name, kind, source, key } }) => [
      ...offence((kind === 'secretKey' || kind === 'configMapKey') && !isDataKey(key), `${prop}["${name}"]`, key),
      ...offence(kind === 'field' && !isField(source), `${prop}["${name}"]`, source),
    ]),
  },
  {
    code: 'PG1908',
    severity: warning,
    cause: 'has a name that a port of another container of the pod has too, so that a Service or probe which asks for the name gets only the first',
    cure: 'give each port of the pod a name of its own',
    offences: (plan) => everyPort(plan)
      .flatMap(({ prop, name, port }, index, all) => offence(all.findIndex((other) => other.name === name) < index, prop, port)),
  },
  {
    code: 'PG1909',
    severity: error,
    cause: 'has a null character or half a surrogate pair in it, which no program can be given, so that the container would never start',
    cure: 'remove it; what is no text belongs into a file of a Secret or ConfigMap',
    offences: (plan) => everyText(plan).filter(([, text]) => /\0|\p{Surrogate}/u.test(text)).map(([prop, text]) => ({ prop, value: text.slice(0, 40) })),
  },
];

/** What the program itself writes into a container: values of variables, commands and their arguments. */
function everyText(plan: Plan): [string, string][] {
  return [
    ...everyVariable(plan).filter(({ variable }) => variable.kind === 'text').map(({ prop, variable }): [string, string] => [`${prop}["${variable.name}"]`, String(variable.source)]),
    ...plan.sidecars.flatMap(({ command, args }, index) => Object.entries({ command, args }).flatMap(([prop, words]) =>
      words.map((word, place): [string, string] => [`sidecars[${index}].${prop}[${place}]`, String(word)]))),
  ];
}

function everyPort({ sidecars }: Plan): { readonly prop: string; readonly name: string; readonly port: number }[] {
  return sidecars.flatMap(({ ports }, index) => ports.map(({ name, port }) => ({ prop: `sidecars[${index}].ports["${name}"]`, name, port })));
}

function isPortName(name: string): boolean {
  return /^(?=.*[a-z])[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$/.test(name) && !name.includes('--');
}

/** @see https://kubernetes.io/docs/concepts/workloads/pods/downward-api/#available-fields */
function isField(path: string): boolean {
  const key = /^metadata\.(?:labels|annotations)\['([^']+)'\]$/.exec(path)?.[1];
  return key !== undefined ? isLabelKey(key)
    : /^(metadata\.(name|namespace|uid)|spec\.(nodeName|serviceAccountName)|status\.(hostIP|podIPs?))$/.test(path);
}

function everyVariable({ environment, sidecars }: Plan): { readonly prop: string; readonly variable: EnvironmentPlan }[] {
  return [
    ...environment.map((variable) => ({ prop: 'environment', variable })),
    ...sidecars.flatMap((sidecar, index) => sidecar.environment.map((variable) => ({ prop: `sidecars[${index}].environment`, variable }))),
  ];
}

function badNames(names: readonly string[], taken: readonly string[], prop: string): Offence[] {
  return names.filter((name, index) => !isDnsLabel(name) || taken.includes(name) || names.indexOf(name) < index)
    .map((value) => ({ prop, value }));
}

function badPaths(mounts: readonly MountPlan[], taken: readonly string[], prop: string, visible: readonly string[] = []): Offence[] {
  const paths = mounts.map(({ path }) => normalised(path));
  const subPaths = mounts.flatMap((mount) => mount.subPaths);
  const covers = (path: string, folder: string): boolean => path === folder || folder.startsWith(`${path}/`);
  return [
    ...mounts.filter((_, index) => !isPath(paths[index]) || paths.indexOf(paths[index]) < index
      || [...taken, ...visible].some((folder) => covers(paths[index], folder)) || taken.some((folder) => covers(folder, paths[index])))
      .map(({ path }) => ({ prop, value: path })),
    ...subPaths.filter((path) => path.startsWith('/') || !isPath(`/${path}`)).map((value) => ({ prop: `${prop}.subPath`, value })),
  ];
}

/** The same folder has the same path. */
function normalised(path: string): string {
  return path.replace(/\/(\.?\/)+/g, '/').replace(/\/\.?$/, '');
}

function isPath(path: string): boolean {
  // eslint-disable-next-line no-control-regex
  return /^\/[^:\u0000-\u001f\u007f]+$/.test(path) && !path.split('/').includes('..');
}
