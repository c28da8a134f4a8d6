import { Duration } from 'cdk8s';
import type { Spread } from './spread';

/** What a taint does to pods that do not tolerate it. */
export enum TaintEffect {
  /** Pods are not scheduled. */
  NO_SCHEDULE = 'NoSchedule',
  /** Pods are scheduled only when no other node is there. */
  PREFER_NO_SCHEDULE = 'PreferNoSchedule',
  /** Pods are not scheduled, and running ones are evicted. */
  NO_EXECUTE = 'NoExecute',
}

/** Which taints a toleration is for. */
export interface TolerationOptions {
  /**
   * The effect that is tolerated.
   * @default - every effect
   */
  readonly effect?: TaintEffect;

  /**
   * How long a pod stays after a taint with the effect `NoExecute` appeared.
   * @default - for ever
   */
  readonly duration?: Duration;
}

/**
 * Lets the pods run on tainted nodes.
 *
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
 */
export class Toleration {
  /**
   * Tolerates a taint of that key, whatever its value.
   *
   * @param key key of the taint
   * @param options effect and duration
   */
  public static exists(key: string, options: TolerationOptions = {}): Toleration {
    return new Toleration(key, undefined, options);
  }

  /**
   * Tolerates a taint of that key and value.
   *
   * @param key key of the taint
   * @param value value of the taint
   * @param options effect and duration
   */
  public static equal(key: string, value: string, options: TolerationOptions = {}): Toleration {
    return new Toleration(key, value, options);
  }

  /** @internal */
  public readonly _key: string;

  /** @internal */
  public readonly _value: string | undefined;

  /** @internal */
  public readonly _options: TolerationOptions;

  private constructor(key: string, value: string | undefined, options: TolerationOptions) {
    this._key = key;
    this._value = value;
    this._options = options;
  }
}

/**
 * Where the pods may run. Holds for the server's pods and for the backup Jobs.
 *
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/
 */
export interface Scheduling {
  /**
   * Labels that a node must have.
   * @default - any node
   */
  readonly nodeSelector?: { [label: string]: string };

  /**
   * Taints that are tolerated.
   * @default - none
   */
  readonly tolerations?: Toleration[];

  /**
   * The PriorityClass of the server's pods. Backup Jobs keep the cluster's default.
   * @default - the cluster's default
   */
  readonly priorityClass?: string;

  /**
   * How the server's pods are kept apart.
   * @default Spread.preferred()
   */
  readonly spread?: Spread;
}
