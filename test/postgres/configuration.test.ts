import { reloadConfiguration, restartConfiguration } from '../../src/postgres/configuration';

const lines = [
  { name: 'max_connections', value: '100', origin: 'default' },
  { name: 'log_line_prefix', value: "it's \\ %m", origin: 'user' },
  { name: 'port', value: '5432', origin: 'required' },
] as const;

test('is readable: who set what, required before user before default', () => {
  expect(reloadConfiguration(lines)).toBe([
    '# Settings that a running server takes over: a change of this file reaches the server without a restart.',
    '# https://www.postgresql.org/docs/current/runtime-config.html',
    '',
    '# required: nothing in the pod works without these',
    "port = '5432'",
    '',
    '# user: from the prop `parameters`',
    "log_line_prefix = 'it''s \\\\ %m'",
    '',
    '# default: may be changed by the prop `parameters`',
    "max_connections = '100'",
    '',
  ].join('\n'));
});

test('the settings that need a restart end with the inclusion of the others, and of what a replica has', () => {
  const included = restartConfiguration(lines, '/etc/reload.conf', '/run/standby.conf').split('\n').filter((line) => line.startsWith('include'));
  expect(included).toEqual(["include '/etc/reload.conf'", "include_if_exists '/run/standby.conf'"]);
  expect(restartConfiguration(lines, '/etc/reload.conf', '/run/standby.conf').trimEnd().split('\n').at(-1)).toBe(included[1]);
});

test('an origin without settings has no heading', () => {
  expect(reloadConfiguration([lines[0]])).not.toMatch(/# (user|required):/);
});
