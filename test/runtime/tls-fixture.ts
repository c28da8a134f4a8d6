import { X509Certificate } from 'node:crypto';
import { configuration, DatabaseOptions } from './fixture';
import { Authority, Pair } from '../support/certificates';
import { ExecResult, Files, Mount, Pod } from '../support/pod';

export const authority = new Authority();

/** As the library writes the lines of the network; the pod of a test has the loopback only. */
const access = (method: string): string => `
local all all peer map=pod
hostssl all all all ${method}
`;

export interface TlsFixture {
  readonly files: Files;
  readonly mode?: number;
  /** Further settings. */
  readonly settings?: string;
  readonly method?: string;
  /** What clients in the pod find under /client. */
  readonly client?: Files;
  readonly options?: DatabaseOptions;
}

/** The Secret with a certificate, as it is mounted. */
export function secret({ certificate, key }: Pair, ca = authority.certificate): Files {
  return { 'tls.crt': certificate, 'tls.key': key, 'ca.crt': ca };
}

/** A database whose connections are encrypted. */
export function encrypted({ files, mode = 0o440, settings = '', method = 'scram-sha-256', client = {}, options = {} }: TlsFixture): DatabaseOptions {
  const mounts: Mount[] = [
    { path: `${configuration}/tls`, kind: 'files', files, mode },
    { path: '/client', kind: 'files', files: { 'ca.crt': authority.certificate, ...client }, mode: 0o440 },
    ...options.mounts ?? [],
  ];
  return {
    ...options,
    settings: `ssl = 'on'\nssl_cert_file = '${configuration}/tls/tls.crt'\nssl_key_file = '${configuration}/tls/tls.key'\n${settings}`,
    hba: access(method),
    mounts,
  };
}

/** Logs in as the owner with these words of a connection string, and tells what TLS the connection has. */
export async function logIn(pod: Pod, words: string): Promise<ExecResult> {
  const statement = 'SELECT coalesce(version, \'none\') FROM pg_stat_ssl WHERE pid = pg_backend_pid()';
  return pod.exec(['psql', '-XAtw', '-d', `hostaddr=127.0.0.1 user=shop dbname=postgres ${words}`, '-c', statement], { env: { PGPASSWORD: 'shop-secret' } });
}

export const VERIFY = 'sslmode=verify-full sslrootcert=/client/ca.crt';

/** The serial number of the certificate that the server shows now. */
export async function serial(pod: Pod): Promise<string> {
  const { stdout } = await pod.exec(['openssl', 's_client', '-starttls', 'postgres', '-connect', '127.0.0.1:5432', '-showcerts']);
  const pem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(stdout)?.[0];
  if (pem === undefined) throw new Error(`the server showed no certificate: ${stdout}`);
  return new X509Certificate(pem).serialNumber;
}

export function serialOf({ certificate }: Pair): string {
  return new X509Certificate(certificate).serialNumber;
}

/** Changes the mounted Secret and waits for what the agent says of it. */
export async function change(pod: Pod, files: Files, text: string): Promise<string> {
  const before = pod.logs().length;
  const rest = (): string => pod.logs().slice(before);
  pod.update(`${configuration}/tls`, files);
  await pod.waitFor(() => rest().includes(text), { what: text });
  return rest();
}
