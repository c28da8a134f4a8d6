import type { Replicas } from './replicas';
import { Runbook } from './runbook';
import { figure, timed, until } from './wait';

export const PAGE = 'fail-over.md';
const ASK = 'kubectl --namespace shop exec orders-db-1 -c postgres -- bash /opt/cdk8s-postgres/fail-over.sh';

type Names = Readonly<Record<string, string>>;

/** What pages say of orders-db-1, where that replica was promoted or the other one. */
export function namesOf({ ordinal }: Pick<Replicas, 'ordinal'>): Names {
  return ordinal === 1 ? {} : { 'orders-db-1': 'orders-db-2', '"primary":"1': '"primary":"2' };
}

/** The commands of docs/runbooks/fail-over.md, which takes orders-db-0 for the lost one and orders-db-1 for the one in its place. */
export class FailOver extends Runbook {
  public constructor(private readonly database: Replicas) {
    super(PAGE, database.namespace);
  }

  /** Step 1: what the pods say of themselves, and what stands against it so early. */
  public look(): Promise<string> {
    return this.follow('Steps', `${ASK} || true`);
  }

  /** Step 2. */
  public async declare(names?: Names): Promise<void> {
    await this.follow('Steps', 'kubectl --namespace shop patch', names);
  }

  /** Step 3; fails with the reasons where something stands against it. */
  public ask(names?: Names): Promise<string> {
    return this.follow('Steps', ASK, names);
  }

  /** Step 4. */
  public force(names?: Names): Promise<string> {
    return this.follow('Steps', `${ASK} --force`, names);
  }

  public forceWithLosses(): Promise<string> {
    return this.follow('It refuses', `${ASK} --force --accept-data-loss`);
  }

  /** All steps, for the replica that has the most. Returns the database with its primary there. */
  public async complete(): Promise<Replicas> {
    const moved = this.database.movedTo(await this.isBehind() ? 2 : 1);
    const names = namesOf(moved);
    await this.declare(names);
    await until('nothing stands against it', 60, async () => (await this.ask(names)).includes('nothing stands against a failover'));
    const seconds = await timed(() => this.force(names));
    figure(`forced failover to ${moved.pod}: the command that promotes takes ${seconds.toFixed(1)} s`);
    return moved;
  }

  /** Whether orders-db-2 has more: those of a primary that is cut off while it writes rarely have the same. */
  private async isBehind(): Promise<boolean> {
    const said = await this.look();
    const [mine, others] = [/^orders-db-1: this pod, .* up to (\S+)$/m, /^orders-db-2: standby, .* position (\S+)$/m].map((pattern) => position(pattern.exec(said)?.[1]));
    return others > mine;
  }
}

/** A position in the log as one number. */
function position(text = '0/0'): bigint {
  const [high, low] = text.split('/').map((part) => BigInt(`0x${part}`));
  return high * 0x1_0000_0000n + low;
}
