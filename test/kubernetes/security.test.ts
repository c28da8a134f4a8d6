import { PostgresImage } from '../../src';
import { Json, podSpecs, synthesize } from '../support/find';
import { allProps } from '../support/props';

/** Volume types that the Pod Security Standard `restricted` allows. */
const VOLUMES = ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret'];

const pods: [string, Json][] = ['the server', 'the backup'].map((name, index) => [name, podSpecs(synthesize(allProps))[index]]);

describe.each(pods)('the pod of %s is restricted', (_, pod) => {
  const containers: Json[] = pod.containers;

  test('it shares nothing with its node', () => {
    expect([pod.hostNetwork, pod.hostPID, pod.hostIPC, pod.initContainers, pod.ephemeralContainers]).toEqual(Array(5).fill(undefined));
    expect(containers.flatMap(({ ports = [] }) => ports).filter(({ hostPort }: Json) => hostPort !== undefined)).toEqual([]);
  });

  test('it mounts only volumes of the allowed types', () => {
    const types = pod.volumes.flatMap((volume: Json) => Object.keys(volume).filter((key) => key !== 'name'));
    expect(types.filter((type: string) => !VOLUMES.includes(type))).toEqual([]);
  });

  test('it never runs as root', () => {
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 999, runAsGroup: 999, fsGroup: 999, fsGroupChangePolicy: 'OnRootMismatch' });
    for (const { securityContext } of containers) expect(securityContext.runAsUser).not.toBe(0);
  });

  test('its system calls are filtered by the runtime', () => {
    expect(pod.securityContext.seccompProfile).toEqual({ type: 'RuntimeDefault' });
  });

  test('no container gains privileges, keeps a capability or writes to its root file system', () => {
    for (const { securityContext } of containers) {
      expect(securityContext).toMatchObject({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } });
      expect([securityContext.privileged, securityContext.procMount, securityContext.capabilities.add]).toEqual([undefined, undefined, undefined]);
    }
  });

  test('every container reserves processing time and memory and has a limit of memory', () => {
    for (const { resources } of containers) {
      expect(resources).toEqual({
        requests: { cpu: expect.any(String), memory: expect.any(String) },
        limits: expect.objectContaining({ memory: expect.any(String) }),
      });
    }
  });
});

test('a sidecar may run as another user', () => {
  expect(pods[0][1].containers[1].securityContext.runAsUser).toBe(65534);
});

test('volumes belong to the group of the image', () => {
  const [pod] = podSpecs(synthesize({ image: PostgresImage.custom({ image: 'a:1', runAsUser: 12345, runAsGroup: 54321 }) }));
  expect(pod.securityContext).toMatchObject({ runAsUser: 12345, runAsGroup: 54321, fsGroup: 54321 });
});
