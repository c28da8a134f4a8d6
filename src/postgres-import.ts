import { Construct } from 'constructs';
import { Addressed, instanceEndpoint, multiHostEndpoint, primaryEndpoint, readEndpoint } from './addresses';
import { PostgresConnections } from './connections';
import { Endpoint } from './endpoint';
import { MultiHostEndpoint } from './multi-host-endpoint';
import { NetworkAccess } from './network-access';
import { Additions, noAdditions } from './plan/additions';
import { errorLines, findImportedProblems } from './plan/findings';
import { ImportedAttributes, resolveImported } from './plan/resolve';
import { resolveNetwork } from './plan/resolve-network';
import { CredentialsReference, IPostgres, PostgresAttributes } from './postgres';

/** A database that another program makes: its address and its Secret. */
export class ImportedPostgres extends Construct implements IPostgres {
  public readonly primaryEndpoint: Endpoint;
  public readonly readEndpoint: Endpoint;
  public readonly multiHostEndpoint: MultiHostEndpoint;
  public readonly credentialsSecret: CredentialsReference;
  public readonly connections: PostgresConnections;

  private readonly addressed: Addressed;

  public constructor(scope: Construct, id: string, given: PostgresAttributes) {
    super(scope, id);
    const attributes = resolveImported(given);
    const { name, namespaces, database, owner, secretName, secretIsGiven, usernameKey, passwordKey } = attributes;
    const additions = noAdditions();
    this.addressed = attributes;
    this.primaryEndpoint = primaryEndpoint(attributes);
    this.readEndpoint = readEndpoint(attributes);
    this.multiHostEndpoint = multiHostEndpoint(attributes);
    this.credentialsSecret = { secretName, usernameKey, passwordKey };
    this.node.addValidation({ validate: () => problems(attributes, additions) });
    this.connections = PostgresConnections._of({
      scope: this,
      foreign: true,
      facts: () => ({
        name,
        namespaces,
        database,
        user: owner,
        secretName,
        secretIsGiven,
        passwordKey,
        // whether the server has TLS is not known here
        sslModes: [],
        authorities: [],
        endpoint: this.primaryEndpoint,
        hasPolicies: true,
      }),
      // its own program lets them in; they are judged here
      admit: (client, ports) => additions.clients.push({ client, ports: ports == null ? undefined : [...ports] }),
      reach: () => {
        throw new Error(`the database "${name}" is made by another program, which must let its pods out`);
      },
    });
  }

  public instanceEndpoint(ordinal: number): Endpoint {
    return instanceEndpoint(this.addressed, ordinal);
  }
}

function problems(attributes: ImportedAttributes, additions: Additions): string[] {
  const clients = additions.clients.map(({ client }) => ({ client, ports: undefined }));
  const asked = additions.clients.flatMap(({ ports }) => ports === undefined ? [] : [ports.join(', ') || 'no ports']);
  const network = resolveNetwork(NetworkAccess.declared(), { ...additions, clients }, [], undefined);
  return errorLines(findImportedProblems({ ...attributes, network, asked }));
}
