import type { EnvironmentPlan, MountPlan, Plan } from '../plan';
import { error, offence, Offence, Rule } from '../rule';

/** Containers, volumes and folders of the server itself. */
const TAKEN_CONTAINERS = ['postgres', 'backup'];
const TAKEN_VOLUMES = [
  'data', 'wal', 'socket', 'run', 'temporary', 'shared-memory', 'scripts', 'settings', 'reload', 'access', 'topology', 'databases', 'credentials', 'backup',
];
const TAKEN_FOLDERS = [
  '/var/lib/postgresql', '/var/lib/postgresql-wal', '/var/run/postgresql', '/run/cdk8s-postgres', '/etc/cdk8s-postgres', '/opt/cdk8s-postgres',
  '/tmp', '/dev', '/proc', '/sys', '/etc/passwd', '/backup',
];

export const containerRules: readonly Rule[] = [
  {
    code: 'PG1901',
    severity: error,
    cause: 'is a variable that the server or its scripts read',
    cure: 'choose another name: those beginning with `PG` and `POSTGRES_`, and PATH, BASH_ENV, LD_PRELOAD, LANG and LC_* are taken; parameters belong into `parameters`',
    offences: ({ environment }) => environment.filter(({ name }) => /^(PG|POSTGRES_|LC_|LANG$|PATH$|BASH_ENV$|ENV$|LD_|IFS$)/.test(name))
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
    cure: 'use an absolute path without `..` and `:` that is neither the server\'s own folder nor mounted twice',
    offences: ({ mounts, sidecars }) => [
      ...badPaths(mounts, TAKEN_FOLDERS, 'volumeMounts'),
      ...sidecars.flatMap((sidecar, index) => badPaths(sidecar.mounts, sidecar.mountSocket ? ['/var/run/postgresql'] : [], `sidecars[${index}].volumeMounts`)),
    ],
  },
  {
    code: 'PG1905',
    severity: error,
    cause: 'is not a port that a container beside the server can have',
    cure: 'use a number between 1 and 65535 other than 5432, under a name of at most 15 lower-case letters, digits and hyphens other than `postgresql`',
    offences: ({ sidecars }) => sidecars.flatMap((sidecar, index) => sidecar.ports.flatMap(({ name, port }) => offence(
      !Number.isInteger(port) || port < 1 || port > 65535 || port === 5432 || name === 'postgresql' || !/^(?=.*[a-z])[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$/.test(name),
      `sidecars[${index}].ports["${name}"]`, port,
    ))),
  },
  {
    code: 'PG1906',
    severity: error,
    cause: 'is not a user that may run a container',
    cure: 'use a whole number of 1 or more: the pod runs without root',
    offences: ({ sidecars }) => sidecars.flatMap(({ users }, index) => users.flatMap((user) =>
      offence(!Number.isInteger(user) || user < 1, `sidecars[${index}].runAsUser`, user))),
  },
];

function everyVariable({ environment, sidecars }: Plan): { readonly prop: string; readonly variable: EnvironmentPlan }[] {
  return [
    ...environment.map((variable) => ({ prop: 'environment', variable })),
    ...sidecars.flatMap((sidecar, index) => sidecar.environment.map((variable) => ({ prop: `sidecars[${index}].environment`, variable }))),
  ];
}

function badNames(names: readonly string[], taken: readonly string[], prop: string): Offence[] {
  return names.filter((name, index) => !/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name) || taken.includes(name) || names.indexOf(name) < index)
    .map((value) => ({ prop, value }));
}

function badPaths(mounts: readonly MountPlan[], taken: readonly string[], prop: string): Offence[] {
  const paths = mounts.map(({ path }) => path.replace(/\/+$/, ''));
  return paths.filter((path, index) => !/^\/[^:]+$/.test(path) || path.split('/').includes('..') || paths.indexOf(path) < index
    || taken.some((folder) => path === folder || path.startsWith(`${folder}/`) || folder.startsWith(`${path}/`)))
    .map((value) => ({ prop, value }));
}
