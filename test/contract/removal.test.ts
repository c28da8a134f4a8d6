import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { programs, synthesizeProgram } from '../support/programs';

const runbook = readFileSync(join(__dirname, '../../docs/runbooks/remove.md'), 'utf8');
const [, named] = /^\s*kubectl --namespace shop delete (\S+) -l cdk8s-postgres\/cluster=orders-db$/m.exec(runbook) ?? [];

test('the runbook\'s command names every kind that a program can make, and none that holds data', () => {
  jest.spyOn(process, 'emitWarning').mockImplementation();
  const kinds = new Set(programs.flatMap(([, props]) => synthesizeProgram(props)).filter(({ apiVersion }) => /^v1$|^(apps|batch|networking\.k8s\.io|policy)\//.test(apiVersion))
    .map(({ kind }) => kind.toLowerCase()));
  kinds.delete('persistentvolumeclaim');
  expect(named.split(',')).toEqual(expect.arrayContaining([...kinds]));
  expect(named).not.toMatch(/persistentvolume|pvc/);
});

test('every kind of another API that a program can make is named in the runbook', () => {
  const others = programs.flatMap(([, props]) => synthesizeProgram(props)).filter(({ apiVersion }) => !/^v1$|^(apps|batch|networking\.k8s\.io|policy)\//.test(apiVersion));
  for (const { kind, apiVersion } of others) expect(runbook).toContain(`${kind.toLowerCase()}s.${apiVersion.split('/')[0]}`);
});
