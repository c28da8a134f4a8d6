import { chmodSync, cpSync, existsSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Mount, temporaryClaim } from '../support/pod';
import { Server } from '../support/servers';

/** What mounts the server's extensions together with another one, of version 1. */
export async function withExtension(server: Server, name: string, script: string): Promise<Mount> {
  const { bin, podBin } = await server.bring();
  const folders = ['../share/extension', '../share/postgresql/extension', `../../../../share/postgresql/${server.major}/extension`];
  const folder = folders.map((one) => join(bin, one)).find((one) => existsSync(join(one, 'plpgsql.control')));
  if (folder === undefined) throw new Error(`${server} has no folder of extensions near ${bin}`);
  const copy = temporaryClaim();
  cpSync(folder, copy, { recursive: true });
  // another user reads it
  chmodSync(copy, 0o755);
  writeFileSync(join(copy, `${name}.control`), "default_version = '1'\n", { mode: 0o644 });
  writeFileSync(join(copy, `${name}--1.sql`), script, { mode: 0o644 });
  return { path: join(podBin, relative(bin, folder)), kind: 'directory', host: copy, readOnly: true };
}
