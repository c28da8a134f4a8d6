import { Testing } from 'cdk8s';
import { configuration } from './fixture';
import { Credentials, Locale, PostgresImage, PostgresStatefulSet, PostgresVersion } from '../../src';
import { Declared, declare } from '../support/declared';
import { Pod, temporaryClaim } from '../support/pod';
import { filesAt, KubernetesObject, ManifestPod, podFromManifests } from '../support/pod-from-manifests';
import type { SomeProps } from '../support/props';
import type { Server } from '../support/servers';

export const OWNER_PASSWORD = 'owner-secret';

const VERSIONS: Readonly<Record<number, PostgresVersion>> = {
  15: PostgresVersion.V15, 16: PostgresVersion.V16, 17: PostgresVersion.V17, 18: PostgresVersion.V18,
};

/** A program, and what others have made in its namespace: Secrets and ConfigMaps by name. */
export interface Program {
  readonly props?: SomeProps;
  readonly declared?: Declared;
  readonly secrets?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly configMaps?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The pod that the library synthesizes for the program, on a claim. */
export function describePod(server: Server, { props, declared = {}, secrets = {}, configMaps = {} }: Program, claim = temporaryClaim()): ManifestPod {
  const chart = Testing.chart();
  const db = new PostgresStatefulSet(chart, 'orders-db', {
    version: VERSIONS[server.major],
    image: PostgresImage.custom({ image: 'registry.example.com/postgres:1', runAsUser: 999 }),
    credentials: Credentials.unsafePlainText({ password: OWNER_PASSWORD }),
    // what the tested server lacks is not what these tests are about
    initdb: server.can.builtinLocale || server.can.icu ? undefined : { locale: Locale.libc('C.UTF-8') },
    ...props,
  });
  declare(db, declared);
  const errors = db.findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'));
  const others = [
    ...Object.entries(secrets).map(([name, stringData]) => ({ kind: 'Secret', metadata: { name }, stringData })),
    ...Object.entries(configMaps).map(([name, data]) => ({ kind: 'ConfigMap', metadata: { name }, data })),
  ];
  return podFromManifests([...Testing.synth(chart) as KubernetesObject[], ...others], { server, claims: { data: claim }, workload: 'orders-db' });
}

/** What a changed program or Secret brings into the running pod. */
export function change(pod: Pod, server: Server, program: Program): void {
  const description = describePod(server, program);
  for (const mount of ['databases', 'access', 'role-passwords']) {
    const path = `${configuration}/${mount}`;
    if (description.mounts?.some((one) => one.path === path)) pod.update(path, filesAt(description, path));
  }
}
