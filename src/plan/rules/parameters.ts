import { findParameter, isExtensionParameter, similarParameters } from '../../postgres/catalogue';
import { whyIllegal, parseMebibytes } from '../../postgres/parameter-value';
import { insteadOf } from '../../postgres/reserved';
import type { Plan, Setting } from '../plan';
import { error, Offence, Rule } from '../rule';

export const parameterRules: readonly Rule[] = [
  {
    code: 'PG1301',
    severity: error,
    cause: 'is not a parameter that any server from 15 to 18 knows',
    cure: 'correct the name; parameters of extensions have a dot in their name',
    offences: (plan) => asked(plan)
      .filter(({ name }) => findParameter(name) === undefined && !isExtensionParameter(name))
      .map(({ name, value }) => at(name, value, didYouMean(name))),
  },
  {
    code: 'PG1302',
    severity: error,
    cause: 'is a value that the server would refuse to start with',
    cure: 'use a value as in postgresql.conf',
    offences: (plan) => asked(plan).flatMap(({ name, value }) => {
      const parameter = findParameter(name);
      const reason = parameter === undefined ? undefined : whyIllegal(parameter, value);
      return reason === undefined ? [] : [at(name, value, reason)];
    }),
  },
  {
    code: 'PG1303',
    severity: error,
    cause: 'is decided by the construct',
    cure: 'do instead what stands behind it',
    offences: (plan) => plan.reserved.map(({ name, value }) => at(name, value, insteadOf(name))),
  },
  {
    code: 'PG1304',
    severity: error,
    cause: 'is not known to a server of this version',
    cure: 'remove the parameter or change the version',
    offences: (plan) => asked(plan).flatMap(({ name, value }) => {
      const majors = findParameter(name)?.majors ?? [plan.version.major];
      const covered = plan.version.major >= 15 && plan.version.major <= 18;
      return covered && !majors.includes(plan.version.major) ? [at(name, value, `known to ${majors.join(', ')}`)] : [];
    }),
  },
  {
    code: 'PG1305',
    severity: error,
    cause: 'is a fact of the running server that nobody can set',
    cure: 'remove the parameter',
    offences: (plan) => asked(plan).filter(({ name }) => findParameter(name)?.context === 'internal').map(({ name, value }) => at(name, value)),
  },
  {
    code: 'PG1306',
    severity: error,
    cause: 'has a line break or another control character, which no configuration file can hold',
    cure: 'remove it',
    // eslint-disable-next-line no-control-regex
    offences: (plan) => asked(plan).filter(({ value }) => /[\u0000-\u001f\u007f]/.test(value)).map(({ name, value }) => at(name, value)),
  },
  {
    code: 'PG1307',
    severity: error,
    cause: 'is more shared memory than the container has room for',
    cure: 'raise `resources.memory` or lower the parameter: it must fit into the memory limit beside /dev/shm and 64 MiB for the server itself',
    offences: (plan) => {
      const { name, value } = plan.settings.find((setting) => setting.name === 'shared_buffers')!;
      const needed = (parseMebibytes(value, '8kB') ?? 0) + plan.sharedMemory.mebibytes + 64;
      const room = plan.resources.memoryLimit.mebibytes;
      return needed <= room ? [] : [at(name, value, `${Math.ceil(needed)} MiB are needed, the limit is ${room} MiB`)];
    },
  },
];

function asked(plan: Plan): Setting[] {
  return plan.settings.filter(({ origin }) => origin === 'user');
}

function at(name: string, value: string, detail?: string): Offence {
  return { prop: `parameters["${name}"]`, value, ...detail === undefined ? {} : { detail } };
}

function didYouMean(name: string): string | undefined {
  const similar = similarParameters(name);
  return similar.length === 0 ? undefined : `did you mean ${similar.join(' or ')}?`;
}
