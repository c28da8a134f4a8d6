import { serverStatus } from './database';
import { Namespace } from './namespace';

/** Somebody with root on the node of a pod: sees the processes of all its containers, as the kernel's out-of-memory killer does. */
export class NodeShell {
  public static async create(nodeName: string): Promise<NodeShell> {
    const namespace = await Namespace.create('node', { privileged: true });
    const container = { name: 'shell', image: 'busybox', command: ['sleep', '3600'], imagePullPolicy: 'IfNotPresent', securityContext: { privileged: true } };
    const spec = { nodeName, hostPID: true, terminationGracePeriodSeconds: 0, automountServiceAccountToken: false, containers: [container] };
    await namespace.apply([{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'shell' }, spec }]);
    await namespace.run(['wait', '--for=condition=Ready', '--timeout=120s', 'pod/shell'], { seconds: 130 });
    return new NodeShell(namespace);
  }

  private constructor(private readonly namespace: Namespace) {}

  /** Kills what is PID 1 in the server's container; inside, the kernel protects it. */
  public async killFirstProcess(pod: any): Promise<void> {
    const id = serverStatus(pod).containerID.split('//')[1];
    await this.namespace.run(['exec', 'shell', '--', 'sh', '-c', KILL, 'sh', id]);
  }

  /** In the file systems of the node, as somebody who is logged in there. */
  public run(script: string, ...args: string[]): Promise<string> {
    return this.namespace.run(['exec', 'shell', '--', 'nsenter', '--target', '1', '--mount', '--', 'sh', '-e', '-c', script, 'sh', ...args]);
  }

  public delete(): Promise<void> {
    return this.namespace.delete();
  }
}

/** NSpid ends with the number that the process has in its own namespace. */
const KILL = `
for process in /proc/[0-9]*; do
  grep -q "$1" $process/cgroup 2>/dev/null || continue
  set -- "$1" $(sed -n 's/^NSpid://p' $process/status 2>/dev/null)
  id=$1
  while [ $# -gt 1 ]; do shift; done
  inner=$1
  set -- "$id"
  [ "$inner" = 1 ] || continue
  kill -9 "\${process#/proc/}" && exit 0
done
echo "no process of container $1 is PID 1 in its namespace" >&2
exit 1
`;
