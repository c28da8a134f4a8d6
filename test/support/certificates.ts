import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate and its private key, as PEM. */
export interface Pair {
  readonly certificate: string;
  readonly key: string;
}

/** What a certificate says of its holder. */
export interface Holder {
  /** The common name. */
  readonly name: string;
  /** The names of a server. */
  readonly dnsNames?: readonly string[];
}

/** Node reads certificates and makes none: openssl does. */
const CONFIGURATION = `
[req]
distinguished_name = subject
[subject]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
`;

/** An authority of the test's own. */
export class Authority {
  private readonly pair: Pair;

  constructor(name = 'authority of a test') {
    this.pair = make(['-subj', `/CN=${name}`, '-extensions', 'authority']);
  }

  /** What others check certificates with. */
  get certificate(): string {
    return this.pair.certificate;
  }

  /** Issues a certificate with a new key. */
  issue({ name, dnsNames = [] }: Holder): Pair {
    const names = dnsNames.length === 0 ? [] : ['-addext', `subjectAltName=${dnsNames.map((one) => `DNS:${one}`).join(',')}`];
    return make(['-subj', `/CN=${name}`, ...names], this.pair);
  }

  /** A Secret of that name with a new certificate, as cert-manager makes one. */
  secret(name: string, holder: Holder) {
    const { certificate, key } = this.issue(holder);
    const stringData = { 'tls.crt': certificate, 'tls.key': key, 'ca.crt': this.certificate };
    return { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData };
  }
}

function make(options: readonly string[], issuer?: Pair): Pair {
  const directory = mkdtempSync(join(tmpdir(), 'certificate-'));
  const file = (name: string): string => join(directory, name);
  try {
    writeFileSync(file('configuration'), CONFIGURATION);
    const by = issuer === undefined ? [] : ['-CA', file('issuer.crt'), '-CAkey', file('issuer.key')];
    if (issuer !== undefined) {
      writeFileSync(file('issuer.crt'), issuer.certificate);
      writeFileSync(file('issuer.key'), issuer.key);
    }
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', file('key')];
    execFileSync('openssl', ['req', '-x509', '-config', file('configuration'), ...key, ...by, ...options, '-days', '2', '-out', file('certificate')], { stdio: 'pipe' });
    return { certificate: readFileSync(file('certificate'), 'utf8'), key: readFileSync(file('key'), 'utf8') };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
