import { textOf } from './plan/texts';

/**
 * SQL that runs once: when an empty volume is initialised, as the superuser in the first database, after the declared roles, databases and
 * extensions are made and after the scripts of the image. Where it fails or is interrupted, the initialisation starts over from nothing.
 * It never runs in a database that is there already. It is a script for psql, with its commands and variables. Begin with
 * `SET ROLE …;` where the tables are to belong to somebody else than the superuser.
 *
 * What must hold all the time belongs into `extensions`, `addDatabase` and `addRole`.
 *
 * @see https://www.postgresql.org/docs/current/app-psql.html
 */
export class InitSql {
  /**
   * SQL in the program. It stands in the synthesized YAML: no secrets.
   *
   * @param text the SQL
   */
  public static fromText(text: string): InitSql {
    return new InitSql('text', text, '');
  }

  /**
   * A key of a ConfigMap in the same namespace. The first start waits for it.
   *
   * @param configMapName name of the ConfigMap
   * @param key key in the ConfigMap
   */
  public static fromConfigMap(configMapName: string, key: string): InitSql {
    return new InitSql('configMap', configMapName, key);
  }

  /**
   * A key of a Secret in the same namespace. The first start waits for it. The SQL reaches no log of the server.
   *
   * @param secretName name of the Secret
   * @param key key in the Secret
   */
  public static fromSecret(secretName: string, key: string): InitSql {
    return new InitSql('secret', secretName, key);
  }

  /** @internal */
  public readonly _kind: 'text' | 'configMap' | 'secret';

  /** @internal */
  public readonly _source: string;

  /** @internal */
  public readonly _key: string;

  private constructor(kind: 'text' | 'configMap' | 'secret', source: string, key: string) {
    this._kind = kind;
    this._source = textOf(source);
    this._key = textOf(key);
  }
}
