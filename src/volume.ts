import { Size } from 'cdk8s';

/**
 * A volume beside the ones that the database has.
 *
 * @see https://kubernetes.io/docs/concepts/storage/volumes/
 */
export class ExtraVolume {
  /**
   * The keys of a ConfigMap as files.
   *
   * @param name name of the volume in the pod
   * @param configMapName name of the ConfigMap
   */
  public static fromConfigMap(name: string, configMapName: string): ExtraVolume {
    return new ExtraVolume(name, 'configMap', configMapName, undefined);
  }

  /**
   * The keys of a Secret as files.
   *
   * @param name name of the volume in the pod
   * @param secretName name of the Secret
   */
  public static fromSecret(name: string, secretName: string): ExtraVolume {
    return new ExtraVolume(name, 'secret', secretName, undefined);
  }

  /**
   * An existing claim.
   *
   * @param name name of the volume in the pod
   * @param claimName name of the PersistentVolumeClaim
   */
  public static fromClaim(name: string, claimName: string): ExtraVolume {
    return new ExtraVolume(name, 'claim', claimName, undefined);
  }

  /**
   * A folder that lives as long as the pod.
   *
   * @param name name of the volume in the pod
   * @param sizeLimit capacity at which the pod is evicted
   */
  public static emptyDirectory(name: string, sizeLimit: Size): ExtraVolume {
    return new ExtraVolume(name, 'emptyDir', '', sizeLimit);
  }

  /** Name of the volume in the pod. */
  public readonly name: string;

  /** @internal */
  public readonly _kind: 'configMap' | 'secret' | 'claim' | 'emptyDir';

  /** @internal */
  public readonly _source: string;

  /** @internal */
  public readonly _sizeLimit: Size | undefined;

  private constructor(name: string, kind: 'configMap' | 'secret' | 'claim' | 'emptyDir', source: string, sizeLimit: Size | undefined) {
    this.name = name;
    this._kind = kind;
    this._source = source;
    this._sizeLimit = sizeLimit;
  }
}

/** Where a container sees an extra volume. */
export interface ExtraVolumeMount {
  /** The volume. One volume may be mounted by several containers. */
  readonly volume: ExtraVolume;

  /** Absolute path in the container. Init scripts belong under `/docker-entrypoint-initdb.d`. */
  readonly path: string;

  /**
   * Path inside the volume. Files of a ConfigMap or Secret that are mounted so never change while the pod lives.
   * @default - the whole volume
   */
  readonly subPath?: string;

  /**
   * Whether the container may write to it.
   * @default true
   */
  readonly readOnly?: boolean;
}
