import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folderTokenizer } from '../../../../harness/policy/tokenizers/folder.js';
import { temporary } from '../../../support.js';

const dir = temporary();
test.each<[string | null, RegExp]>([
  [null, /no tokenizer\.json; give a model folder/],
  ['{', /tokenizer\.json: not valid JSON/],
  ['null', /tokenizer\.json: should be a JSON object, got null/],
  ['['.repeat(20_000) + ']'.repeat(20_000), /tokenizer\.json: should be a JSON object, got a list nested/],
])('refuses a tokenizer.json of %.9j', (content, message) => {
  const folder = join(dir, content === null ? 'none' : String(content.length));
  mkdirSync(folder);
  if (content !== null) writeFileSync(join(folder, 'tokenizer.json'), content);
  expect(() => folderTokenizer(folder)).toThrow(message);
});
