import { textOf } from './plan/texts';

/** What may be done with a table. */
export enum TablePrivilege {
  /** Read rows. */
  SELECT = 'SELECT',

  /** Add rows. */
  INSERT = 'INSERT',

  /** Change rows. */
  UPDATE = 'UPDATE',

  /** Remove rows. */
  DELETE = 'DELETE',

  /** Remove all rows at once. */
  TRUNCATE = 'TRUNCATE',

  /** Make foreign keys that point to the table. */
  REFERENCES = 'REFERENCES',

  /** Make triggers on the table. */
  TRIGGER = 'TRIGGER',
}

/** Where a privilege holds. */
export interface PrivilegeScope {
  /**
   * Name of the database.
   * @default - the first database
   */
  readonly database?: string;

  /**
   * Name of the schema.
   * @default 'public'
   */
  readonly schema?: string;
}

/**
 * What a role may do. Granted again whenever it is missing, never taken away: a privilege that is not declared any more, or that somebody else
 * granted, stays until somebody revokes it.
 *
 * @see https://www.postgresql.org/docs/current/ddl-priv.html
 */
export class Privilege {
  /**
   * Connecting to a database, where the public may not. All other privileges include it.
   *
   * @param database name of the database
   */
  public static connect(database: string): Privilege {
    return new Privilege('connect', { database }, '', []);
  }

  /**
   * Reading all tables, views and sequences of a schema: those that are there, and those that the owner of the database makes later.
   *
   * @param scope where
   */
  public static readOnly(scope: PrivilegeScope = {}): Privilege {
    return new Privilege('read', scope, '', []);
  }

  /**
   * Reading and changing the rows of all tables, views and sequences of a schema: of those that are there, and of those that the owner of the
   * database makes later.
   *
   * @param scope where
   */
  public static readWrite(scope: PrivilegeScope = {}): Privilege {
    return new Privilege('write', scope, '', []);
  }

  /**
   * Making tables and other objects in a schema.
   *
   * @param scope where
   */
  public static create(scope: PrivilegeScope = {}): Privilege {
    return new Privilege('create', scope, '', []);
  }

  /**
   * Something with one table or view. Where there is no such table yet, the privilege waits for it and the log of the pod says so.
   *
   * @param table name of the table
   * @param privileges what may be done with it
   * @param scope where it is
   */
  public static onTable(table: string, privileges: TablePrivilege[], scope: PrivilegeScope = {}): Privilege {
    return new Privilege('table', scope, table, privileges);
  }

  /** @internal */
  public readonly _kind: 'connect' | 'read' | 'write' | 'create' | 'table';

  /** @internal */
  public readonly _scope: PrivilegeScope;

  /** @internal */
  public readonly _table: string;

  /** @internal */
  public readonly _privileges: TablePrivilege[];

  private constructor(kind: 'connect' | 'read' | 'write' | 'create' | 'table', scope: PrivilegeScope, table: string, privileges: TablePrivilege[]) {
    this._kind = kind;
    // Untyped callers and other languages say null where nothing is meant.
    this._scope = scope ?? {};
    this._table = textOf(table);
    this._privileges = privileges ?? [];
  }
}
