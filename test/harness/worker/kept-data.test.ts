import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import jsonl from '../../../datasets/loaders/jsonl/dataset.js';
import { validated } from '../../../harness/config/validate.js';
import { openDataset, KeptData } from '../../../harness/worker/kept-data.js';
import { temporary } from '../../support.js';

const dir = temporary();
const write = (answer: string): void => {
  const rows = Array.from({ length: 20 }, (_, i) => ({ prompt: `p${i}`, chosen: answer, rejected: 'no' }));
  writeFileSync(join(dir, 'pairs.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
};
const shares = { testShare: 0.2, validationShare: 0.2, heldoutShare: 0 };
const bounds = { maxPromptTokens: 8, maxCompletionTokens: 8 };
const params = validated<Record<string, unknown>>(
  jsonl.params,
  { file: 'pairs.jsonl', ...shares, ...bounds },
  'test',
);
const spec = (seed: number, given = 'as it was planned') => ({
  dataset: {
    name: 'jsonl',
    module: 'jsonl',
    params,
    baseDir: dir,
    given: { files: { 'pairs.jsonl': given }, folders: [], tokenizer: null },
  },
  seed,
});
const chosen = (open: Awaited<ReturnType<typeof openDataset>>): string => open.pairs!('train')[0]!.chosen;

test('runs of one seed share a dataset, which is read once', async () => {
  write('yes');
  const kept = new KeptData();
  const first = await kept.open(spec(0));
  write('changed'); // who reads it again would see this
  expect(await kept.open(spec(0))).toBe(first);
  expect(chosen(first)).toBe('yes');
  expect(chosen(await openDataset(spec(0)))).toBe('changed');
});

test('of another seed, or planned on other bytes, it is opened anew', async () => {
  write('yes');
  const kept = new KeptData();
  const first = await kept.open(spec(0));
  const other = await kept.open(spec(1));
  expect(other.prompts('test')).not.toEqual(first.prompts('test'));
  write('newer');
  expect(chosen(await kept.open(spec(1)))).toBe('yes');
  expect(chosen(await kept.open(spec(1, 'as it is now')))).toBe('newer');
  expect(chosen(await kept.open(spec(0)))).toBe('newer'); // one is held
});
