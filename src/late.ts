/* eslint-disable @typescript-eslint/no-require-imports */

/** Manifests. Like the plan loaded with the first database, so that importing the library costs little. */
export const builders = once((): typeof import('./kubernetes') => require('./kubernetes'));

/** Decisions and rules. */
export const planning = once((): typeof import('./plan') => require('./plan'));

/** The plan as text for people. What follows from here on is loaded by the few programs that ask for it. */
export const explaining = once((): typeof import('./plan/explain') => require('./plan/explain'));

/** Addresses for clients. */
export const addressing = once((): typeof import('./addresses') => require('./addresses'));

/** Databases of other programs. */
export const importing = once((): typeof import('./postgres-import') => require('./postgres-import'));

/** What a client of a database is told. */
export const connecting = once((): typeof import('./plan/connection') => require('./plan/connection'));

/** How a workload is told it. */
export const attaching = once((): typeof import('./connection-attachment') => require('./connection-attachment'));

/** Every database asks for them several times, and the module loader takes its time each time. */
function once<T>(load: () => T): () => T {
  let loaded: T | undefined;
  return () => loaded ??= load();
}
