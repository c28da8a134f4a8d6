import { objectLabels } from './labels';
import type { Manifest } from './manifest';
import { PORT, serviceHost } from './names';
import type { ExternalSecretPlan, Plan } from '../plan/plan';
import { connectionUri, jdbcUrl, passwordLine, Target } from '../postgres/connection-strings';

/** Stands where the operator puts the password. No name has it: the rules refuse control characters in them. */
const HERE = '\u0001';

/** The operator's `urlquery` writes a plus sign for a blank, which the query of a web form has and a connection string does not. */
const ENCODED = '{{ .password | urlquery | replace "+" "%20" }}';

/** @see https://www.postgresql.org/docs/current/libpq-pgpass.html */
const ESCAPED = '{{ .password | replace "\\\\" "\\\\\\\\" | replace ":" "\\\\:" }}';

/** Kubernetes would write them in by the operator's definition; in a list, a GitOps tool takes that for a difference for ever. */
const DEFAULTS = { conversionStrategy: 'Default', decodingStrategy: 'None', metadataPolicy: 'None' };

/**
 * What the External Secrets Operator makes the Secret from. It stays when the store does not answer or loses the entry, and goes with this object.
 *
 * @see https://external-secrets.io/latest/guides/templating/
 */
export function externalSecret(plan: Plan, { store, refreshSeconds, entries }: ExternalSecretPlan): Manifest {
  return {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { name: plan.credentials.secretName, labels: objectLabels(plan), annotations: plan.annotations },
    body: {
      spec: {
        refreshInterval: `${refreshSeconds}s`,
        secretStoreRef: { kind: store.kind, name: store.name },
        target: {
          name: plan.credentials.secretName,
          creationPolicy: 'Owner',
          deletionPolicy: 'Retain',
          template: {
            engineVersion: 'v2',
            metadata: { labels: objectLabels(plan) },
            data: { ...Object.fromEntries(entries.map(({ file }) => [file, `{{ index . "${file}" }}`])), ...forClients(plan) },
          },
        },
        data: entries.map(({ file, key, properties, versions }) => ({
          secretKey: file,
          remoteRef: {
            key,
            ...Object.fromEntries(properties.map((property) => ['property', property])),
            ...Object.fromEntries(versions.map((version) => ['version', version])),
            ...DEFAULTS,
          },
        })),
      },
    },
  };
}

/** The keys that service bindings and frameworks know. @see https://servicebinding.io/spec/core/1.1.0/#well-known-secret-entries */
function forClients(plan: Plan): Record<string, string> {
  const target: Target = { host: serviceHost(plan.name, plan.namespaces), port: PORT, database: plan.database, user: plan.owner };
  const place = (text: string, here: string, password: string): string => text.split(here).map(literally).join(password);
  return {
    'type': 'postgresql',
    'provider': 'cdk8s-postgres',
    'host': target.host,
    'port': `${PORT}`,
    'database': literally(plan.database),
    'username': literally(plan.owner),
    'uri': place(connectionUri(target, HERE), encodeURIComponent(HERE), ENCODED),
    'jdbc-url': place(jdbcUrl(target, HERE), encodeURIComponent(HERE), ENCODED),
    'pgpass': place(passwordLine(target, HERE), HERE, ESCAPED),
  };
}

/** A name that the operator would read as a template of its own is written as a text of one. */
function literally(text: string): string {
  return text.replace(/\{\{/g, '{{ "{{" }}');
}
