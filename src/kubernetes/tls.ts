import type { Volume, VolumeMount } from 'kubernetes-types/core/v1';
import { PATHS } from './paths';
import type { Plan, TlsFile, TlsPlan } from '../plan/plan';

const VOLUME = 'tls';

/**
 * The server reads the key where it is mounted: a key that belongs to root and that the server's group may read is accepted.
 *
 * @see https://www.postgresql.org/docs/current/ssl-tcp.html#SSL-SETUP
 */
export function tlsVolumes({ tls }: Plan): Volume[] {
  return tls.map((one) => secretVolume(one, ['tls.crt', 'tls.key', 'ca.crt', ...one.clientCertificates === 'none' ? [] : ['client-ca.crt' as const]]));
}

/** For clients of ours: what they check the server with, and never its key. */
export function authorityVolumes({ tls }: Plan): Volume[] {
  return tls.map((one) => secretVolume(one, ['ca.crt']));
}

/** A folder, not single files: those would never change with the Secret. */
export function tlsMounts({ tls }: Plan): VolumeMount[] {
  return tls.map(() => ({ name: VOLUME, mountPath: PATHS.tls, readOnly: true }));
}

/** Optional as a whole and key by key: what is missing is told by the pod, which goes on when it arrives. */
function secretVolume({ secretName, keys }: TlsPlan, files: readonly TlsFile[]): Volume {
  const items = files.map((file) => ({ key: keys[file], path: file }));
  return { name: VOLUME, secret: { secretName, optional: true, defaultMode: 0o440, items } };
}
