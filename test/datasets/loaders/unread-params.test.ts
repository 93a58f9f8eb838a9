import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { jsonl } from '../../../datasets/loaders/jsonl/dataset.js';
import { temporary } from '../../support.js';
import { defaults } from './support.js';

const dir = temporary();
const pairs = (what: string) =>
  Array.from({ length: 20 }, (_, i) =>
    JSON.stringify({ prompt: `${what} ${i}`, chosen: 'a', rejected: 'b' }),
  );
for (const name of ['pairs', 'test'])
  writeFileSync(join(dir, `${name}.jsonl`), `${pairs(name).join('\n')}\n`);
const open = (params: object) => jsonl.open(defaults(jsonl, { file: 'pairs.jsonl', ...params }), 0, dir);

test('what is set and would not be read is refused, with what to do', async () => {
  await expect(open({ vocabulary: 300 })).rejects.toThrow(
    'dataset jsonl: vocabulary is the size of a tokenizer that is trained, and tokenizer is none; ' +
      'set tokenizer: bpe, or leave it out',
  );
  await expect(open({ testFile: 'test.jsonl', testShare: 0.2 })).rejects.toThrow(
    'dataset jsonl: testShare is what is tested on where there is no testFile, and there is one',
  );
  await expect(open({ allowSharedPrompts: true })).rejects.toMatchObject({
    code: 'unread-parameter',
    message:
      'dataset jsonl: allowSharedPrompts is said of a testFile, and there is none; give one, or leave it out',
  });
});
test('what is read is not', async () => {
  for (const params of [
    {},
    { vocabulary: 300, tokenizer: 'bpe' },
    { testShare: 0.2 },
    { testFile: 'test.jsonl', allowSharedPrompts: true },
  ])
    await expect(open(params)).resolves.toBeDefined();
});
