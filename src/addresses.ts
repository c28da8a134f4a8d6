import { Endpoint } from './endpoint';
import { headlessServiceName, podName, PORT, readServiceName, serviceHost } from './kubernetes/names';
import { MultiHostEndpoint } from './multi-host-endpoint';

/** What the addresses of a database follow from, whoever makes it. */
export interface Addressed {
  readonly name: string;
  readonly namespaces: readonly string[];
  /** Of the Services. A pod is reached by its own name without one, at the server's own port. */
  readonly port: number;
  readonly database: string;
  readonly owner: string;
  readonly instances: number;
}

/** Of a database that this program makes. */
export function addressed(plan: Omit<Addressed, 'port'>): Addressed {
  return { ...plan, port: PORT };
}

export function primaryEndpoint(of: Addressed): Endpoint {
  return endpoint(of, of.name);
}

export function readEndpoint(of: Addressed): Endpoint {
  return endpoint(of, readServiceName(of));
}

export function instanceEndpoint(of: Addressed, ordinal: number): Endpoint {
  if (!Number.isInteger(ordinal) || ordinal < 0) throw new RangeError(`ordinal: ${ordinal} is not the number of a pod; use a whole number from 0`);
  return endpoint({ ...of, port: PORT }, podHost(of, ordinal));
}

export function multiHostEndpoint(of: Addressed): MultiHostEndpoint {
  // a number that the rules refuse makes no endless list
  const count = Number.isInteger(of.instances) ? Math.min(Math.max(of.instances, 1), 100) : 1;
  const hosts = Array.from({ length: count }, (_, ordinal) => serviceHost(podHost(of, ordinal), of.namespaces));
  return new MultiHostEndpoint(hosts, PORT, of.database, of.owner);
}

function podHost(of: Addressed, ordinal: number): string {
  return `${podName(of, ordinal)}.${headlessServiceName(of)}`;
}

function endpoint({ namespaces, port, database, owner }: Addressed, service: string): Endpoint {
  return new Endpoint(serviceHost(service, namespaces), port, database, owner);
}
