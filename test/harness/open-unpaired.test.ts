import { expect, test } from 'vitest';
import { SPLITS } from '../../harness/contracts/dataset.js';
import { type GivenJudgement, openPairs, openUnpaired } from '../../harness/index.js';

const rows: GivenJudgement[] = Array.from({ length: 40 }, (_, i) => ({
  prompt: `prompt ${i % 30}`,
  completion: i % 2 === 0 ? ' yes' : ' no, never',
  label: i % 2 === 0,
}));

test('a prompt is in the split that openPairs gives it, with all of its rows', () => {
  const open = openUnpaired(rows, 0);
  const pairs = openPairs(
    rows.map(({ prompt }) => ({ prompt, chosen: 'a', rejected: 'b' })),
    0,
  );
  for (const split of SPLITS) expect(open.prompts(split)).toEqual(pairs.prompts(split));
  const ids = SPLITS.flatMap((split) => open.unpaired!(split).map(({ id }) => Number(id)));
  expect(ids.sort((a, b) => a - b)).toEqual(rows.map((_, i) => i));
});

test('bounds are those of the longest row, the end token included; the corpus is what is good', () => {
  const open = openUnpaired(rows, 0);
  expect(open).toMatchObject({ maxPromptTokens: 9, maxCompletionTokens: 11, endsWithEos: true });
  expect(open.pairs).toBeUndefined();
  expect(new Set(open.corpus!().map(({ completion }) => completion))).toEqual(new Set([' yes']));
});

test('too few prompts, and prompts that the test has too, are refused', () => {
  expect(() => openUnpaired(rows.slice(0, 2), 0)).toThrow('at least 3 are needed for train, validation and');
  expect(() => openUnpaired(rows, 0, { test: rows.slice(0, 1) })).toThrow(/1 of 1 test prompts are training/);
});
