import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { jsonl } from '../../../datasets/loaders/jsonl/dataset.js';
import { defaults } from './support.js';
import { temporary } from '../../support.js';

const rows = Array.from({ length: 40 }, (_, i) => ({
  prompt: `How wide is the river number ${i}?`,
  chosen: ' It is wide, wider than the others.',
  rejected: ' I would not know the answer.',
}));

test('bpe is trained on prompts and both sides, whatever the seed, and said', async () => {
  const dir = temporary();
  writeFileSync(join(dir, 'pairs.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const open = (seed: number, vocabulary: number) =>
    jsonl.open(defaults(jsonl, { file: 'pairs.jsonl', tokenizer: 'bpe', vocabulary }), seed, dir);
  const [a, b, small] = [await open(0, 500), await open(1, 500), await open(0, 257)];
  expect(a.tokenizer.vocabSize).toBe(304); // no pair is left that is met twice
  expect(JSON.stringify(b.tokenizer.toJSON())).toBe(JSON.stringify(a.tokenizer.toJSON()));
  for (const word of [' wide', ' the', ' would']) expect(a.tokenizer.encode(word)).toHaveLength(1);
  expect(small.tokenizer.encode('wide')).toHaveLength(4);
  expect(a.account!.notes.join()).toContain(
    'a byte-level BPE of 304 tokens, was trained on all texts of pairs.jsonl, those of test prompts',
  );
});

test('a file that changes is trained on anew', async () => {
  const dir = temporary();
  const path = join(dir, 'pairs.jsonl');
  const write = (words: string): void =>
    writeFileSync(path, rows.map((row) => `${JSON.stringify({ ...row, chosen: words })}\n`).join(''));
  const open = () =>
    jsonl.open(defaults(jsonl, { file: 'pairs.jsonl', tokenizer: 'bpe', vocabulary: 300 }), 0, dir);
  write(' zebra zebra');
  expect((await open()).tokenizer.encode(' zebra')).toHaveLength(1);
  write(' quagga quagga quagga');
  expect((await open()).tokenizer.encode(' quagga')).toHaveLength(1);
  expect((await open()).tokenizer.encode(' zebra').length).toBeGreaterThan(1);
});
