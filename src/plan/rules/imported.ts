import { isLegalName } from './databases';
import { peerRules } from './network';
import { isDataKey, isDnsLabel, isNumberOfPods, isObjectName, isPort, MOST_PODS } from '../legal-names';
import type { NetworkPlan } from '../plan';
import type { ImportedAttributes } from '../resolve';
import { asGiven, error, offence, Rule } from '../rule';

/** What a program says of a database that another one makes, and of its clients. */
export interface ImportedPlan extends ImportedAttributes {
  readonly network: NetworkPlan;
  /** Ports of pods that were named, which nothing here can open. */
  readonly asked: readonly string[];
}

const NAME = /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/;

export const importedRules: readonly Rule<ImportedPlan>[] = [
  {
    code: 'PG2701',
    severity: error,
    cause: 'is not a name that a database of another program can have',
    cure: 'use its prop `name` or its construct id: at most 40 lower-case letters, digits and hyphens, beginning with a letter and not ending with a hyphen',
    offences: ({ name }) => offence(!NAME.test(name), 'attributes.name', name),
  },
  {
    code: 'PG2702',
    severity: error,
    cause: 'is not a name that namespaces can have',
    cure: 'use lower-case letters, digits and hyphens, at most 63, not beginning or ending with a hyphen, or leave it out where it is the clients\' own',
    offences: ({ namespaces }) => namespaces.flatMap((name) => offence(!isDnsLabel(name), 'attributes.namespaceName', name)),
  },
  {
    code: 'PG2703',
    severity: error,
    cause: 'is not the number of a port',
    cure: 'use a whole number from 1 to 65535, or leave it out',
    offences: ({ port }) => offence(!isPort(port), 'attributes.port', port),
  },
  {
    code: 'PG2704',
    severity: error,
    cause: 'is not a name that a database or role can have',
    cure: 'use between 1 and 63 bytes of UTF-8 without control characters, not beginning with `/`, `+` or `@`',
    offences: ({ database, owner }) => Object.entries({ database, owner }).flatMap(([prop, name]) => offence(!isLegalName(name), `attributes.${prop}`, name)),
  },
  {
    code: 'PG2705',
    severity: error,
    cause: 'is not a name or key that a Secret can have',
    cure: 'use lower-case letters, digits, `-` and `.` for the name, and letters, digits, `-`, `_` and `.` for keys',
    offences: ({ secretName, secretIsGiven, usernameKey, passwordKey }) => [
      // one that follows from a bad `name` is reported there
      ...offence(secretIsGiven && !isObjectName(secretName), 'attributes.secretName', secretName),
      ...Object.entries({ usernameKey, passwordKey }).flatMap(([prop, key]) => offence(!isDataKey(key), `attributes.${prop}`, key)),
    ],
  },
  {
    code: 'PG2706',
    severity: error,
    cause: 'are ports of a database that another program makes, which alone can open others than the server\'s',
    cure: 'leave `ports` out, and let the client in to them where the database is made',
    offences: ({ asked }) => offence(asked.length > 0, 'connections.allowFrom.ports', asked.join(', ')),
  },
  {
    code: 'PG2707',
    severity: error,
    cause: 'is not a number of pods that a database of another program can have',
    cure: `use a whole number from 1 to ${MOST_PODS}, its prop \`instances\`, or leave it out`,
    // untyped callers give anything
    offences: ({ instances }) => offence(!isNumberOfPods(instances), 'attributes.instances', asGiven(instances)),
  },
  ...peerRules,
];
