/* eslint-disable @typescript-eslint/no-require-imports */

/** Manifests. Like the plan loaded with the first database, so that importing the library costs little. */
export const builders = (): typeof import('./kubernetes') => require('./kubernetes');

/** Decisions and rules. */
export const planning = (): typeof import('./plan') => require('./plan');

/** The plan as text for people. What follows from here on is loaded by the few programs that ask for it. */
export const explaining = (): typeof import('./plan/explain') => require('./plan/explain');

/** Addresses for clients. */
export const addressing = (): typeof import('./addresses') => require('./addresses');

/** Databases of other programs. */
export const importing = (): typeof import('./postgres-import') => require('./postgres-import');

/** What a client of a database is told. */
export const connecting = (): typeof import('./plan/connection') => require('./plan/connection');

/** How a workload is told it. */
export const attaching = (): typeof import('./connection-attachment') => require('./connection-attachment');
