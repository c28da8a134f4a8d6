/** A database beside the first one. */
export interface DatabaseOptions {
  /**
   * Role that owns the database: the owner of the first database, or one of `addRole`.
   * @default - the owner of the first database
   */
  readonly owner?: string;

  /**
   * Extensions in this database, by the names of `CREATE EXTENSION`. What an extension must have preloaded is preloaded. One that the
   * image lacks is told in the log of the pod; everything else is made.
   * @default - none
   * @see https://www.postgresql.org/docs/current/sql-createextension.html
   */
  readonly extensions?: string[];

  /**
   * Schemas in this database beside `public`. They belong to the owner of the database.
   * @default - none
   * @see https://www.postgresql.org/docs/current/ddl-schemas.html
   */
  readonly schemas?: string[];
}
