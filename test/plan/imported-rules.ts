import type { PostgresAttributes } from '../../src';

/** Code, wrong attributes of a database of another program, what the message must say. */
export const WRONG_ATTRIBUTES: readonly [string, Partial<PostgresAttributes>, string[]][] = [
  ['PG2701', { name: 'Bad_Name' }, ['attributes.name: "Bad_Name"', 'at most 40']],
  ['PG2701', { name: 'a'.repeat(41) }, ['aaaa']],
  ['PG2701', { name: '' }, ['attributes.name: ""']],
  ['PG2702', { namespaceName: 'NO!' }, ['attributes.namespaceName: "NO!"']],
  ['PG2703', { port: 99999 }, ['attributes.port: 99999', '1 to 65535']],
  ['PG2703', { port: 0.5 }, ['0.5']],
  ...[0, -1, 2.5, 10, 1e9, NaN, '3' as unknown as number].map((instances): [string, Partial<PostgresAttributes>, string[]] =>
    ['PG2707', { instances }, [`attributes.instances: ${typeof instances === 'number' ? instances : JSON.stringify(instances)}`, 'from 1 to 9']]),
  ['PG2704', { database: 'a\nb' }, ['attributes.database: "a\\nb"']],
  ['PG2704', { owner: '+staff' }, ['attributes.owner: "+staff"']],
  ['PG2705', { secretName: 'No_Secret' }, ['attributes.secretName: "No_Secret"']],
  ['PG2705', { usernameKey: 'a b', passwordKey: '' }, ['attributes.usernameKey: "a b"', 'attributes.passwordKey: ""']],
];
