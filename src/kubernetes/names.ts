import { createHash } from 'node:crypto';
import type { Plan } from '../plan/plan';

/** Names that never change once released: a new name is a new, empty database. */
export const PORT_NAME = 'postgresql';
export const PORT = 5432;
export const CONTAINER = 'postgres';
export const DATA_VOLUME = 'data';
export const WAL_VOLUME = 'wal';

/** A database, also one that another program makes. */
type Named = Pick<Plan, 'name'>;

export function headlessServiceName(plan: Named): string {
  return `${plan.name}-headless`;
}

/** For reading, at any pod that is ready. */
export function readServiceName(plan: Named): string {
  return `${plan.name}-r`;
}

/** Reached from every namespace where the namespace is known, else from the own one. The cluster's domain is not known here. */
export function serviceHost(service: string, namespaces: readonly string[]): string {
  return [service, ...namespaces.map((namespace) => `${namespace}.svc`)].join('.');
}

export function podName(plan: Named, ordinal: number): string {
  return `${plan.name}-${ordinal}`;
}

/** A ConfigMap with a stable name changes under the running pods. */
export function stableName(plan: Plan, purpose: string): string {
  return `${plan.name}-${purpose}`;
}

/** A ConfigMap that never changes carries a hash of its content: a new content is a new object, and old pods keep theirs. */
export function hashedName(plan: Plan, purpose: string, data: Readonly<Record<string, string>>): string {
  return `${plan.name}-${purpose}-${contentHash(data)}`;
}

/** The scripts are one shared object of all databases: hashed once. */
const hashes = new WeakMap<object, string>();

function contentHash(data: Readonly<Record<string, string>>): string {
  const known = hashes.get(data);
  if (known !== undefined) return known;
  const hash = createHash('sha256').update(JSON.stringify(Object.entries(data).sort())).digest('hex').slice(0, 8);
  hashes.set(data, hash);
  return hash;
}

export function backupName(plan: Plan, id: string): string {
  return `${plan.name}-${id}`;
}
