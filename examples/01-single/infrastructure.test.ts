import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

test('the infrastructure is what was reviewed', () => {
  process.env.CDK8S_OUTDIR = mkdtempSync(join(tmpdir(), 'infrastructure-'));
  jest.requireActual('./main');
  const yaml = readFileSync(join(process.env.CDK8S_OUTDIR, 'shop.k8s.yaml'), 'utf8');
  const objects = parseAllDocuments(yaml).map((document) => document.toJS());
  // the scripts are the library's own; a change of them shows in the names of their ConfigMaps
  const reviewed = objects.map((object) => /-(scripts|jobs)-/.test(object.metadata.name) ? { ...object, data: Object.keys(object.data) } : object);
  expect(reviewed).toMatchSnapshot();
});
