import { createHash } from 'node:crypto';
import type { EnvVarSource, Volume, VolumeProjection } from 'kubernetes-types/core/v1';
import type { NetworkPolicySpec } from 'kubernetes-types/networking/v1';
import { literally } from './containers';
import { selectorLabelsOf } from './labels';
import type { Manifest } from './manifest';
import { nameResolution, policyPeer, toServer } from './network-policies';
import type { ConnectionPlan } from '../plan/resolve-connection';
import { connectionUri, jdbcUrl } from '../postgres/connection-strings';

/** What libpq reads; names may hold what Kubernetes would replace. @see https://www.postgresql.org/docs/current/libpq-envars.html */
export function connectionVariables(connection: ConnectionPlan): Record<string, { readonly value?: string; readonly valueFrom?: EnvVarSource }> {
  return {
    PGHOST: { value: connection.host },
    PGPORT: { value: `${connection.port}` },
    PGDATABASE: { value: literally(connection.database) },
    PGUSER: { value: literally(connection.user) },
    PGPASSWORD: { valueFrom: { secretKeyRef: { name: connection.secretName, key: connection.passwordKey } } },
    ...Object.fromEntries(connection.sslModes.map((mode) => ['PGSSLMODE', { value: mode }])),
  };
}

/** Where programs look for the files. */
export function bindingVariables({ bindingRoot }: ConnectionPlan): Record<string, { readonly value: string }> {
  return { SERVICE_BINDING_ROOT: { value: literally(bindingRoot) } };
}

/**
 * What is no secret, as files.
 *
 * @see https://servicebinding.io/spec/core/1.1.0/#well-known-secret-entries
 */
export function bindingConfigMap(connection: ConnectionPlan, workload: Readonly<Record<string, string>>): Manifest {
  const data = {
    'type': 'postgresql',
    'provider': 'cdk8s-postgres',
    'host': connection.host,
    'port': `${connection.port}`,
    'database': connection.database,
    'username': connection.user,
    'uri': connectionUri(connection),
    'jdbc-url': jdbcUrl(connection),
    ...Object.fromEntries(connection.sslModes.map((mode) => ['sslmode', mode])),
  };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: clientMetadata(connection.name, 'binding', workload, connection.distinction), body: { data } };
}

/** The files of the binding: the password beside what is no secret. Readable by every user of the container, as most images need. */
export function bindingVolume(connection: ConnectionPlan, configMap: Manifest): Volume {
  const secret = (name: string, key: string, path: string): VolumeProjection => ({ secret: { name, items: [{ key, path }] } });
  return {
    name: `binding-${connection.distinction.length === 0 ? connection.name : shortHash(configMap.metadata.name)}`,
    projected: {
      defaultMode: 0o444,
      sources: [
        { configMap: { name: configMap.metadata.name } },
        secret(connection.secretName, connection.passwordKey, 'password'),
        ...connection.authorities.map(({ secretName, key, optional }): VolumeProjection => ({
          secret: { name: secretName, items: [{ key, path: 'ca.crt' }], optional },
        })),
      ],
    },
  };
}

/** Where a client's pods get out to; the namespaces are those that are not the client's. */
export interface PolicyServer extends Pick<ConnectionPlan, 'name' | 'namespaces'> {
  /** Ports of the pods that are asked for beside the server's own, such as that of a pooler which the Service leads to. */
  readonly ports: readonly number[];
}

/** Lets pods of a client out to the server and to name resolution, and with that nowhere else that no other policy allows. */
export function clientNetworkPolicy(server: PolicyServer, pods: Readonly<Record<string, string>>): Manifest {
  const to = toServer(policyPeer({ kind: 'pods', labels: selectorLabelsOf(server.name), namespaces: server.namespaces }), server.ports);
  const spec: NetworkPolicySpec = {
    podSelector: { matchLabels: pods },
    policyTypes: ['Egress'],
    egress: [to, ...nameResolution()],
  };
  const metadata = clientMetadata(server.name, 'client', pods, [...server.namespaces, ...server.ports.map(String)]);
  return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata, body: { spec } };
}

/** Not the label of the database's own objects: what is removed with the database by that label must not be the client's. */
function clientMetadata(
  name: string, purpose: string, pods: Readonly<Record<string, string>>, distinction: readonly string[],
): Manifest['metadata'] {
  const labels = Object.entries(pods).sort();
  const hash = shortHash(JSON.stringify(distinction.length === 0 ? labels : [labels, distinction]));
  return { name: `${name}-${purpose}-${hash}`, labels: { 'app.kubernetes.io/managed-by': 'cdk8s-postgres', 'cdk8s-postgres/client-of': name } };
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
