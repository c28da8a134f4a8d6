/**
 * Parameters that the construct decides, each with what to do instead.
 *
 * A map without a prototype: names such as `constructor` must not be found in it.
 */
const RESERVED: ReadonlyMap<string, string> = new Map(Object.entries({
  listen_addresses: 'the server listens on all addresses of its pod; leave it out',
  port: 'clients and probes rely on 5432; leave it out',
  unix_socket_directories: 'the socket is in /var/run/postgresql; leave it out',
  unix_socket_group: 'the construct decides who reaches the socket: the processes of the pod that mount it; leave it out',
  data_directory: 'the place on the volume never changes; leave it out',
  config_file: 'the file is rendered from `parameters`; leave it out',
  hba_file: 'the file is rendered by the construct; leave it out',
  ident_file: 'the file is rendered by the construct; leave it out',
  external_pid_file: 'the supervisor in the pod watches the server; leave it out',
  logging_collector: 'containers log to standard error, where `kubectl logs` reads it; leave it out',
  log_destination: 'containers log to standard error, where `kubectl logs` reads it; leave it out',
  password_encryption: 'passwords are always stored as SCRAM verifiers; leave it out',
  cluster_name: 'set the prop `name`',
  ssl: 'set the prop `tls`',
  ssl_cert_file: 'set the prop `tls`',
  ssl_key_file: 'set the prop `tls`',
  ssl_ca_file: 'set `clientCertificates` in the options of the prop `tls`',
  ssl_min_protocol_version: 'set `minimumVersion` in the options of the prop `tls`',
  fsync: 'without it a crash of the node loses the database; for throw-away data use `synchronous_commit`',
  full_page_writes: 'without it a crash of the node may damage the database; leave it out',
  primary_conninfo: 'replication is set up by the construct; leave it out',
  primary_slot_name: 'replication is set up by the construct; leave it out',
  promote_trigger_file: 'a replica is promoted by `pg_promote()` only; leave it out',
  hot_standby: 'replicas are always read from; leave it out',
  max_slot_wal_keep_size: 'set `slotLimit` in the options of the prop `replication`',
  synchronous_standby_names: 'set the prop `replication` to `Replication.synchronous(...)`',
  restore_command: 'restores are set up by the construct; leave it out',
  wal_segment_size: 'set the prop `initdb.walSegmentSize`',
  data_checksums: 'checksums are always on; leave it out',
}));

/** What to do instead of setting the parameter, where it is reserved. */
export function insteadOf(name: string): string | undefined {
  return RESERVED.get(name.toLowerCase()) ?? (name.toLowerCase().startsWith('recovery_target') ? 'restores are set up by the construct; leave it out' : undefined);
}
