import { Size } from 'cdk8s';

/**
 * An amount of processing time.
 *
 * @see https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#meaning-of-cpu
 */
export class Cpu {
  /**
   * Thousandths of a core.
   *
   * @param amount a whole number, such as 250 for a quarter of a core
   */
  public static millis(amount: number): Cpu {
    return new Cpu(amount);
  }

  /**
   * Cores.
   *
   * @param amount number of cores, such as 0.5
   */
  public static units(amount: number): Cpu {
    // Without the noise of binary fractions: 2.01 cores are 2010m.
    return new Cpu(Number((amount * 1000).toFixed(6)));
  }

  /** @internal */
  public readonly _millis: number;

  private constructor(millis: number) {
    this._millis = millis;
  }

  /** The quantity as Kubernetes writes it, such as `250m`. */
  public asString(): string {
    return this._millis % 1000 === 0 ? `${this._millis / 1000}` : `${this._millis}m`;
  }
}

/**
 * What the containers of the database ask for. Memory is what PostgreSQL's own sizes are derived from.
 *
 * @see https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
 */
export interface PostgresResources {
  /**
   * Processing time that is reserved.
   * @default Cpu.millis(250)
   */
  readonly cpu?: Cpu;

  /**
   * Processing time at which the server is throttled.
   * @default - no limit: a throttled checkpoint or shutdown helps nobody
   */
  readonly cpuLimit?: Cpu;

  /**
   * Memory that is reserved. `shared_buffers` and its like are derived from it.
   * @default Size.gibibytes(1)
   */
  readonly memory?: Size;

  /**
   * Memory at which the kernel ends a process of the container.
   * @default - the same as `memory`
   */
  readonly memoryLimit?: Size;
}
