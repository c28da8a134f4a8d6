/** What `connections` and the databases that they belong to ask for. */
export { connectionProblems, declarationProblems } from './connection-problems';
export { connectionFacts, namespacesFrom, otherPorts, resolveConnection } from './resolve-connection';
export { resolvePeer } from './resolve-network';
