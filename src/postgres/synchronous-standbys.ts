import { quoteIdentifier } from './quoting';

/**
 * So many of these servers, whichever are first. The primary's own name among them counts for nothing, so that the text is the same on every pod.
 *
 * @see https://www.postgresql.org/docs/current/runtime-config-replication.html#GUC-SYNCHRONOUS-STANDBY-NAMES
 */
export function synchronousStandbyNames(quorum: number, names: readonly string[]): string {
  return `ANY ${quorum} (${names.map(quoteIdentifier).join(',')})`;
}
