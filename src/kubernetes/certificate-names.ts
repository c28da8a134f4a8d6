import { headlessServiceName, readServiceName, serviceHost, stableName } from './names';
import type { Plan } from '../plan/plan';

/** Nearly every cluster has this domain. Another one's names are for the user to add. */
const CLUSTER_DOMAIN = 'svc.cluster.local';

/**
 * Every name under which a client in the cluster reaches the server: the short ones serve clients of the same namespace. The Service for clients from
 * outside has names in the cluster too.
 */
export function certificateNames(plan: Plan): string[] {
  const { name, namespaces, tls, exposure } = plan;
  const headless = headlessServiceName(plan);
  const names = [name, readServiceName(plan), headless, `*.${headless}`, ...exposure.map(() => stableName(plan, 'external'))].flatMap((host) => [
    host,
    ...namespaces.flatMap((namespace) => [`${host}.${namespace}`, serviceHost(host, namespaces), `${host}.${namespace}.${CLUSTER_DOMAIN}`]),
  ]);
  return [...new Set([...names, ...tls.flatMap(({ additionalNames }) => additionalNames)])];
}
