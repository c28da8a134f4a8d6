/**
 * What a pod does that would initialise a volume on which nothing is.
 *
 * @see https://www.postgresql.org/docs/current/creating-cluster.html
 */
export enum EmptyVolume {
  /** Makes a new, empty database. */
  INITIALISE = 'initialise',
  /** Touches nothing and waits: for the volume with the data, for another pod that has them and takes writes, or for the other value. */
  REFUSE = 'refuse',
}
