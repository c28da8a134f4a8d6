import type { DatabaseOptions } from '../database';
import type { DatabaseClient } from '../database-client';
import type { RoleOptions } from '../role';

/**
 * What was added to a database after its construction. The plan is computed anew from the props and these, and sorts them where a manifest
 * shows them: the order of calls never matters.
 */
export interface Additions {
  readonly databases: { readonly name: string; readonly options: DatabaseOptions }[];
  readonly roles: { readonly name: string; readonly options: RoleOptions }[];
  readonly clients: { readonly client: DatabaseClient; readonly ports: readonly string[] | undefined }[];
  readonly destinations: { readonly destination: DatabaseClient; readonly ports: readonly number[] }[];
}

export function noAdditions(): Additions {
  return { databases: [], roles: [], clients: [], destinations: [] };
}
