/**
 * The value of an environment variable of a container.
 *
 * Secrets belong into files, not into the environment: every process of the container inherits it.
 */
export class EnvironmentValue {
  /**
   * A text.
   *
   * @param text the value
   */
  public static fromText(text: string): EnvironmentValue {
    return new EnvironmentValue('text', text, '');
  }

  /**
   * A key of a Secret in the same namespace.
   *
   * @param secretName name of the Secret
   * @param key key in the Secret
   */
  public static fromSecretKey(secretName: string, key: string): EnvironmentValue {
    return new EnvironmentValue('secretKey', secretName, key);
  }

  /**
   * A key of a ConfigMap in the same namespace.
   *
   * @param configMapName name of the ConfigMap
   * @param key key in the ConfigMap
   */
  public static fromConfigMapKey(configMapName: string, key: string): EnvironmentValue {
    return new EnvironmentValue('configMapKey', configMapName, key);
  }

  /**
   * A field of the pod.
   *
   * @param fieldPath path of the field, such as `metadata.name`
   */
  public static fromField(fieldPath: string): EnvironmentValue {
    return new EnvironmentValue('field', fieldPath, '');
  }

  /** @internal */
  public readonly _kind: 'text' | 'secretKey' | 'configMapKey' | 'field';

  /** @internal */
  public readonly _source: string;

  /** @internal */
  public readonly _key: string;

  private constructor(kind: 'text' | 'secretKey' | 'configMapKey' | 'field', source: string, key: string) {
    this._kind = kind;
    this._source = source;
    this._key = key;
  }
}
