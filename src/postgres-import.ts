import { Construct } from 'constructs';
import { Endpoint } from './endpoint';
import { serviceHost } from './kubernetes/names';
import { resolveImported } from './plan/resolve';
import { CredentialsReference, IPostgres, PostgresAttributes } from './postgres';

/** A database that another program makes: its address and its Secret. */
export class ImportedPostgres extends Construct implements IPostgres {
  public readonly primaryEndpoint: Endpoint;
  public readonly credentialsSecret: CredentialsReference;

  public constructor(scope: Construct, id: string, attributes: PostgresAttributes) {
    super(scope, id);
    const { name, namespaces, port, database, owner, secretName, usernameKey, passwordKey } = resolveImported(attributes);
    this.primaryEndpoint = new Endpoint(serviceHost(name, namespaces), port, database, owner);
    this.credentialsSecret = { secretName, usernameKey, passwordKey };
  }
}
