import { Size } from 'cdk8s';

/**
 * The order of text and the classes of characters of a new database cluster.
 *
 * @see https://www.postgresql.org/docs/current/locale.html#LOCALE-PROVIDERS
 */
export class Locale {
  /**
   * A locale of the server itself, which no update of the operating system can change. PostgreSQL 17 and later.
   *
   * @param locale `C`, `C.UTF-8` or, from PostgreSQL 18, `PG_UNICODE_FAST`
   */
  public static builtin(locale: string): Locale {
    return new Locale('builtin', locale);
  }

  /**
   * A locale of the ICU library, for example `fr-FR` for a French order.
   *
   * @param locale a BCP 47 language tag; `und` is the root order
   */
  public static icu(locale: string): Locale {
    return new Locale('icu', locale);
  }

  /**
   * A locale of the C library. Its order may change with every release of the operating system, which makes indexes on text wrong.
   *
   * @param locale a locale that the image has, for example `en_US.utf8`
   */
  public static libc(locale: string): Locale {
    return new Locale('libc', locale);
  }

  /** @internal */
  public readonly _provider: 'builtin' | 'icu' | 'libc';

  /** @internal */
  public readonly _locale: string;

  private constructor(provider: 'builtin' | 'icu' | 'libc', locale: string) {
    this._provider = provider;
    this._locale = locale;
  }
}

/**
 * What is decided once, when an empty volume is initialised. Later changes have no effect on existing data.
 * Data checksums are always on, passwords are always stored as SCRAM verifiers, and the encoding is always UTF8.
 *
 * @see https://www.postgresql.org/docs/current/app-initdb.html
 */
export interface InitdbOptions {
  /**
   * The order of text and the classes of characters.
   * @default - `Locale.builtin('C.UTF-8')` from PostgreSQL 17, `Locale.icu('und')` before: neither changes with the operating system's C library
   */
  readonly locale?: Locale;

  /**
   * Size of one file of the write-ahead log: a power of two between 1 MiB and 1 GiB.
   * @default Size.mebibytes(16)
   */
  readonly walSegmentSize?: Size;
}
