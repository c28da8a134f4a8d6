import { quoteSetting } from './quoting';

/** A line of the configuration and who decided about it. */
export interface Line {
  readonly name: string;
  readonly value: string;
  readonly origin: 'default' | 'user' | 'required';
}

const WHO: Readonly<Record<Line['origin'], string>> = {
  required: 'required: nothing in the pod works without these',
  user: 'user: from the prop `parameters`',
  default: 'default: may be changed by the prop `parameters`',
};

/** The settings that need a restart; behind them those that do not, and what only a replica has. */
export function restartConfiguration(lines: readonly Line[], included: string, standby: string): string {
  return [
    '# Settings whose change needs a restart of the server: a change of this file changes the pod template.',
    '# https://www.postgresql.org/docs/current/runtime-config.html',
    ...sections(lines),
    '',
    '# settings that a running server takes over',
    `include ${quoteSetting(included)}`,
    '',
    '# where a replica gets the write-ahead log from; written by the pod before every start',
    `include_if_exists ${quoteSetting(standby)}`,
    '',
  ].join('\n');
}

/** The settings that a running server takes over. */
export function reloadConfiguration(lines: readonly Line[]): string {
  return [
    '# Settings that a running server takes over: a change of this file reaches the server without a restart.',
    '# https://www.postgresql.org/docs/current/runtime-config.html',
    ...sections(lines),
    '',
  ].join('\n');
}

function sections(lines: readonly Line[]): string[] {
  return (['required', 'user', 'default'] as const).flatMap((origin) => {
    const own = lines.filter((line) => line.origin === origin);
    return own.length === 0 ? [] : ['', `# ${WHO[origin]}`, ...own.map(({ name, value }) => `${name} = ${quoteSetting(value)}`)];
  });
}
