import fc from 'fast-check';
import { connectionUri, jdbcUrl } from '../../src/postgres/connection-strings';
import { quoteHbaName, quoteIdentifier, quoteLiteral, quoteSetting } from '../../src/postgres/quoting';

const HOSTILE = ["'", "''", '\\', "\\'", '"', '""', "'; DROP DATABASE x; --", '$$', '$(id)', '`id`', '%s', '\u0000'.repeat(0), 'é', '𝄞', '#', ' ', '*', '{{ x }}'];

/** Reads what the server's own scanner of configuration files reads between the quotes. */
function readSetting(quoted: string): string {
  return quoted.slice(1, -1).replace(/''|\\(.)/g, (whole, escaped: string | undefined) => escaped ?? whole[0]);
}

/** Reads a string constant of SQL in its standard and its escape form. */
function readLiteral(quoted: string): string {
  return quoted.startsWith('E') ? quoted.slice(2, -1).replace(/''|\\\\/g, (pair) => pair[0]) : quoted.slice(1, -1).replace(/''/g, "'");
}

const readIdentifier = (quoted: string): string => quoted.slice(1, -1).replace(/""/g, '"');

describe.each([
  ['quoteSetting', quoteSetting, readSetting, /^'([^'\\]|''|\\\\)*'$/s],
  ['quoteLiteral', quoteLiteral, readLiteral, /^(E'([^'\\]|''|\\\\)*'|'([^'\\]|'')*')$/s],
  ['quoteIdentifier', quoteIdentifier, readIdentifier, /^"([^"]|"")*"$/s],
  ['quoteHbaName', quoteHbaName, readIdentifier, /^"([^"]|"")*"$/s],
] as const)('%s', (_, quote, read, closed) => {
  test.each(HOSTILE)('%j comes back', (text) => {
    expect(read(quote(text))).toBe(text);
  });

  test('brings any text back and leaves no way out of the quotes', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => read(quote(text)) === text && closed.test(quote(text))));
  });
});

test('a connection URI brings any database and role back', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.string({ unit: 'grapheme', minLength: 1 }), (database, user) => {
    const [, readUser, readDatabase] = /^postgresql:\/\/([^@/:?#]*)@host:5432\/([^/?#]*)$/.exec(connectionUri({ host: 'host', port: 5432, database, user })) ?? [];
    expect([decodeURIComponent(readUser), decodeURIComponent(readDatabase)]).toEqual([user, database]);
    expect(jdbcUrl({ host: 'host', port: 5432, database, user })).toBe(`jdbc:postgresql://host:5432/${readDatabase}`);
  }));
});
