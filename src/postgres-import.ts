import { Construct } from 'constructs';
import { Addressed, instanceEndpoint, multiHostEndpoint, primaryEndpoint, readEndpoint } from './addresses';
import { PostgresConnections } from './connections';
import { Endpoint } from './endpoint';
import { MultiHostEndpoint } from './multi-host-endpoint';
import { resolveImported } from './plan/resolve';
import { CredentialsReference, IPostgres, PostgresAttributes } from './postgres';

/** A database that another program makes: its address and its Secret. */
export class ImportedPostgres extends Construct implements IPostgres {
  public readonly primaryEndpoint: Endpoint;
  public readonly readEndpoint: Endpoint;
  public readonly multiHostEndpoint: MultiHostEndpoint;
  public readonly credentialsSecret: CredentialsReference;
  public readonly connections: PostgresConnections;

  private readonly addressed: Addressed;

  public constructor(scope: Construct, id: string, attributes: PostgresAttributes) {
    super(scope, id);
    const imported = resolveImported(attributes);
    const { name, namespaces, database, owner, secretName, usernameKey, passwordKey } = imported;
    this.addressed = imported;
    this.primaryEndpoint = primaryEndpoint(imported);
    this.readEndpoint = readEndpoint(imported);
    this.multiHostEndpoint = multiHostEndpoint(imported);
    this.credentialsSecret = { secretName, usernameKey, passwordKey };
    this.connections = PostgresConnections._of({
      scope: this,
      foreign: true,
      facts: () => ({
        name,
        namespaces,
        database,
        user: owner,
        secretName,
        passwordKey,
        // whether the server has TLS is not known here
        sslModes: [],
        authorities: [],
        endpoint: this.primaryEndpoint,
        hasPolicies: true,
      }),
      admit: () => undefined,
      reach: () => {
        throw new Error(`the database "${name}" is made by another program, which must let its pods out`);
      },
    });
  }

  public instanceEndpoint(ordinal: number): Endpoint {
    return instanceEndpoint(this.addressed, ordinal);
  }
}
