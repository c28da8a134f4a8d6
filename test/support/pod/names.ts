import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a pod's resolver answers. */
export interface Names {
  /** Addresses by name. */
  readonly hosts: Readonly<Record<string, string>>;
  /** The address of a name server that is asked for any other name; without one no other name exists. */
  readonly server?: string;
}

/** Where a pod sees these files: its own /etc is fixed, and a single file that is mounted could not be replaced at once. */
export const namesDirectory = '/.pod/names';
export const namesFiles = ['hosts', 'nsswitch.conf', 'resolv.conf'] as const;

/** The files by which the C library resolves names; it reads them again when they change, in running processes too. */
export function writeNames(directory: string, own: { hostname: string; address?: string }, { hosts, server }: Names): void {
  mkdirSync(directory, { recursive: true });
  chmodSync(directory, 0o755);
  const addresses = { ...hosts, [own.hostname]: own.address ?? '127.0.0.1' };
  const lines = Object.entries(addresses).map(([name, address]) => `${address}\t${name}\n`);
  replace(join(directory, 'hosts'), `127.0.0.1\tlocalhost\n::1\tlocalhost\n${lines.join('')}`);
  replace(join(directory, 'nsswitch.conf'), `passwd: files\ngroup: files\nhosts: files${server ? ' dns' : ''}\n`);
  replace(join(directory, 'resolv.conf'), server ? `nameserver ${server}\n` : '');
}

/** No reader sees half of it. */
function replace(file: string, content: string): void {
  writeFileSync(`${file}.new`, content);
  chmodSync(`${file}.new`, 0o644);
  renameSync(`${file}.new`, file);
}
