import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import * as fc from 'fast-check';

const common = join(__dirname, '../../src/runtime/backup-common.sh');

/** Calls a function of backup-common.sh with each argument and returns what it left in REPLY. */
function replies(name: string, values: Buffer[]): string[] {
  const script = 'private=/nonexistent; source "$1"; while IFS= read -r -d "" value; do "$2" "$value"; printf "%s\\0" "$REPLY"; done';
  const input = Buffer.concat(values.flatMap((value) => [value, Buffer.from([0])]));
  const output = execFileSync('bash', ['-c', script.replace('private=/nonexistent; ', ''), 'bash', common, name], { input });
  return output.toString('utf8').split('\0').slice(0, -1);
}

const withoutNul = (text: string) => text.replace(/\0/g, '');
const someTexts = fc.sample(fc.string({ unit: 'binary', maxLength: 24 }), 400).map(withoutNul);
const someBytes = fc.sample(fc.uint8Array({ min: 1, maxLength: 24 }), 400).map((bytes) => Buffer.from(bytes));
const controls = [...Array(127).keys()].map((code) => String.fromCharCode(code + 1));

test('any text becomes the JSON string of that text', () => {
  const texts = [...someTexts, ...controls, '\u2028\ud7ff\ue000\uffff', '😀\u{10ffff}'];
  expect(replies('json_string', texts.map((text) => Buffer.from(text))).map((json) => JSON.parse(json) as string)).toEqual(texts);
});

test('any bytes become valid JSON, those that are not UTF-8 byte by byte', () => {
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const meant = someBytes.map((bytes) => {
    try {
      return utf8.decode(bytes);
    } catch {
      return bytes.toString('latin1');
    }
  });
  expect(replies('json_string', someBytes).map((json) => JSON.parse(json) as string)).toEqual(meant);
});

test('overlong, surrogate and cut forms are not taken for UTF-8', () => {
  const forms = ['c0af', 'e08080', 'eda080', 'f0808080', 'f4908080', 'f8888080', 'c3', 'e282', '80', 'ff'].map((hex) => Buffer.from(hex, 'hex'));
  expect(replies('json_string', forms).map((json) => JSON.parse(json) as string)).toEqual(forms.map((form) => form.toString('latin1')));
});

test('any bytes become a file name that no shell minds and that tells the bytes again', () => {
  const safe = replies('safe_name', someBytes);
  for (const name of safe) expect(name).toMatch(/^[A-Za-z0-9_%-]*$/);
  const back = safe.map((name) => Buffer.from(name.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))), 'latin1'));
  expect(back).toEqual(someBytes);
});
