import { Construct } from 'constructs';
import { PostgresConnections } from './connections';
import { Endpoint } from './endpoint';
import { serviceHost } from './kubernetes/names';
import { resolveImported } from './plan/resolve';
import { CredentialsReference, IPostgres, PostgresAttributes } from './postgres';

/** A database that another program makes: its address and its Secret. */
export class ImportedPostgres extends Construct implements IPostgres {
  public readonly primaryEndpoint: Endpoint;
  public readonly credentialsSecret: CredentialsReference;
  public readonly connections: PostgresConnections;

  public constructor(scope: Construct, id: string, attributes: PostgresAttributes) {
    super(scope, id);
    const { name, namespaces, port, database, owner, secretName, usernameKey, passwordKey } = resolveImported(attributes);
    this.primaryEndpoint = new Endpoint(serviceHost(name, namespaces), port, database, owner);
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
}
