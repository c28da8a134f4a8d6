import type { Plan } from '../plan';
import { asGiven, error, offence, Offence, Rule, warning } from '../rule';

/** Values by which a transaction waits for no replica, in every spelling that the server takes. */
const WAITS_FOR_NOBODY = ['off', 'false', 'no', '0', 'local'];

/** What is waited for before a transaction is confirmed. */
export const synchronousRules: readonly Rule[] = [
  {
    code: 'PG2825',
    severity: error,
    cause: 'is not a number of replicas that could be waited for',
    cure: 'use a whole number from 1 to the number of replicas, or `Replication.asynchronous()`',
    offences: ({ replication: { synchronous, quorum } }) => offence(synchronous && !isCount(quorum), 'replication.quorum', asGiven(quorum)),
  },
  {
    code: 'PG2826',
    severity: error,
    cause: 'waits for more replicas than there are, so that nothing could ever be written',
    cure: 'raise `instances`, or lower `quorum`, or use `Replication.asynchronous()`',
    offences: tooFewReplicas,
  },
  {
    code: 'PG2827',
    severity: warning,
    cause: 'waits for every replica, so that whoever writes has to wait whenever one of them is away: while it restarts, while a node is drained, during an update',
    cure: 'use one more instance, or a smaller `quorum`: with three instances one of two replicas may be away',
    offences: ({ instances, replication: { synchronous, quorum } }) => offence(
      synchronous && isCount(quorum) && quorum === instances - 1, 'replication.quorum', quorum, replicas(instances),
    ),
  },
  {
    code: 'PG2828',
    severity: error,
    cause: 'waits for no replica, so that `Replication.synchronous(...)` would promise what is not so',
    cure: 'leave the parameter out and let single sessions or roles set it, or use `Replication.asynchronous()`',
    offences: (plan) => commitOf(plan).flatMap((value) => offence(WAITS_FOR_NOBODY.includes(value.toLowerCase()), 'parameters["synchronous_commit"]', value)),
  },
  {
    code: 'PG2829',
    severity: warning,
    cause: 'waits until a replica has received a transaction, not until it is on its disk: what was confirmed is lost with the primary where the machines of the '
      + 'replicas fail at the same time',
    cure: 'leave the parameter out, which waits for the disk',
    offences: (plan) => commitOf(plan).flatMap((value) => offence(value.toLowerCase() === 'remote_write', 'parameters["synchronous_commit"]', value)),
  },
];

function tooFewReplicas({ instances, replication: { synchronous, quorum } }: Plan): Offence[] {
  if (!synchronous) return [];
  // nobody asked for a number where there is no replica at all
  return instances === 1 ? offence(true, 'replication', 'Replication.synchronous(...)', replicas(instances))
    : offence(isCount(quorum) && quorum > instances - 1, 'replication.quorum', quorum, replicas(instances));
}

/** The parameter where it decides what is waited for. */
function commitOf({ settings, replication: { synchronous } }: Plan): string[] {
  return synchronous ? settings.filter(({ name }) => name === 'synchronous_commit').map(({ value }) => value) : [];
}

function isCount(quorum: number): boolean {
  return Number.isInteger(quorum) && quorum >= 1;
}

function replicas(instances: number): string {
  return instances === 1 ? 'there is no replica' : `there ${instances === 2 ? 'is 1 replica' : `are ${instances - 1} replicas`}`;
}
