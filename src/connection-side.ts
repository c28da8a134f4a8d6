import type { Construct } from 'constructs';
import type { DatabaseClient } from './database-client';
import type { ConnectionFacts } from './plan/resolve-connection';

/** A database as its `connections` see it, made here or by another program. */
export interface ConnectionSide {
  /** What objects that belong to no workload are made in. */
  readonly scope: Construct;

  readonly facts: () => ConnectionFacts;

  /** The database lets these in; nothing where another program makes it. */
  readonly admit: (client: DatabaseClient, ports: readonly string[] | undefined) => void;

  /** The database's pods may go there; an error where another program makes it. */
  readonly reach: (destination: DatabaseClient, ports: readonly number[]) => void;

  /** Somebody else makes the database and its policy. */
  readonly foreign: boolean;
}
