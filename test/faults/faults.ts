import type { Fault } from './fault';
import { freezes } from './fault-freezes';
import { kills } from './fault-kills';
import { moves } from './fault-moves';
import { network } from './fault-network';
import { returns } from './fault-returns';
import { volumes } from './fault-volumes';

/** Everything that a campaign does to the pods. A plan goes by the order: a new one changes what a seed stands for. */
export const faults: readonly Fault[] = [...kills, ...volumes, ...network, ...returns, ...freezes, ...moves];

export function faultNamed(name: string): Fault {
  const found = faults.find((fault) => fault.name === name);
  if (!found) throw new Error(`there is no fault "${name}"`);
  return found;
}
