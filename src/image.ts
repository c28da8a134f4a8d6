/**
 * The operating system inside an official image, which decides about the C library and with it about the order of text.
 *
 * @see https://github.com/docker-library/docs/blob/master/postgres/README.md#image-variants
 */
export class ImageVariant {
  /** Debian 13. */
  public static readonly TRIXIE = ImageVariant.of('trixie');

  /** Debian 12. */
  public static readonly BOOKWORM = ImageVariant.of('bookworm');

  /**
   * Any variant that the official image has, for example `alpine3.23`.
   *
   * @param tag the part of the image's tag behind the version
   */
  public static of(tag: string): ImageVariant {
    return new ImageVariant(tag);
  }

  /** The part of the image's tag behind the version. */
  public readonly tag: string;

  private constructor(tag: string) {
    this.tag = tag;
  }
}

/** Options of the official image. */
export interface OfficialImageOptions {
  /**
   * The operating system inside the image. It is always part of the tag: a silent change of the C library corrupts text indexes.
   *
   * A server refuses data that was written under another C library until that is acknowledged.
   *
   * @default ImageVariant.TRIXIE
   */
  readonly variant?: ImageVariant;

  /**
   * Registry and path in front of the repository `postgres`, for a mirror.
   *
   * @default - the container runtime's default registry
   */
  readonly registry?: string;

  /**
   * Digest that pins the image, such as `sha256:…` with 64 hexadecimal digits.
   *
   * @default - the tag decides
   */
  readonly digest?: string;
}

/** Options of an image of your own. */
export interface CustomImageOptions {
  /** The complete reference, for example `registry.example.com/team/postgis:18-3.6`. Its server must be of the major in `version`. */
  readonly image: string;

  /**
   * User that runs the server, never 0. A mounted `/etc/passwd` in place of the image's own gives it the name `postgres`.
   *
   * @default 999
   */
  readonly runAsUser?: number;

  /**
   * Group that runs the server and owns the volumes, never 0.
   *
   * @default - the same number as `runAsUser`
   */
  readonly runAsGroup?: number;
}

/**
 * When a node asks the registry for an image.
 *
 * @see https://kubernetes.io/docs/concepts/containers/images/#image-pull-policy
 */
export enum ImagePullPolicy {
  /** When the node does not have it. */
  IF_NOT_PRESENT = 'IfNotPresent',
  /** At every start of a container: none starts while the registry is away. */
  ALWAYS = 'Always',
  /** Never: somebody has brought it to the node. */
  NEVER = 'Never',
}

/** The container image of the server and of its backup Jobs. */
export class PostgresImage {
  /**
   * The official image: `postgres:<version>-<variant>`.
   *
   * @param options variant, registry and digest
   */
  public static official(options: OfficialImageOptions = {}): PostgresImage {
    return new PostgresImage(options, undefined);
  }

  /**
   * An image of your own that is built on the official one, for example for PostGIS: bash, coreutils, flock and the server's programs
   * on PATH are needed.
   *
   * @param options the image and the user that runs it
   */
  public static custom(options: CustomImageOptions): PostgresImage {
    return new PostgresImage(undefined, options);
  }

  /** @internal */
  public readonly _official: OfficialImageOptions | undefined;

  /** @internal */
  public readonly _custom: CustomImageOptions | undefined;

  private constructor(official: OfficialImageOptions | undefined, custom: CustomImageOptions | undefined) {
    this._official = official;
    this._custom = custom;
  }
}
