import { objectLabels } from './labels';
import type { Manifest } from './manifest';
import { PORT, serviceHost } from './names';
import type { Plan } from '../plan/plan';
import { connectionUri, jdbcUrl, passwordLine, Target } from '../postgres/connection-strings';

/**
 * The Secret of one role, as service bindings want it. The password is in it only where it comes from an unsafe source.
 *
 * @see https://servicebinding.io/spec/core/1.1.0/#provisioned-service
 */
export function bindingSecret(plan: Plan, role: string): Manifest {
  const [{ secretName, database, passwords }] = plan.applicationRoles.filter(({ name }) => name === role).flatMap(({ bindings }) => bindings);
  const target: Target = { host: serviceHost(plan.name, plan.namespaces), port: PORT, database, user: role };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: secretName, labels: objectLabels(plan), annotations: plan.annotations },
    body: { type: 'servicebinding.io/postgresql', stringData: Object.assign({}, withoutPassword(target), ...passwords.map((password) => withPassword(target, password))) },
  };
}

function withoutPassword(target: Target): Record<string, string> {
  return {
    'type': 'postgresql',
    'provider': 'cdk8s-postgres',
    'host': target.host,
    'port': `${target.port}`,
    'database': target.database,
    'username': target.user,
    'uri': connectionUri(target),
    'jdbc-url': jdbcUrl(target),
  };
}

function withPassword(target: Target, password: string): Record<string, string> {
  return { 'password': password, 'uri': connectionUri(target, password), 'jdbc-url': jdbcUrl(target, password), 'pgpass': passwordLine(target, password) };
}
