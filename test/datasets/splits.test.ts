import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { jsonl } from '../../datasets/loaders/jsonl/dataset.js';
import { parquet } from '../../datasets/loaders/parquet/dataset.js';
import { bandit } from '../../datasets/worlds/bandit/dataset.js';
import { reviews } from '../../datasets/worlds/reviews/dataset.js';
import { strings } from '../../datasets/worlds/strings/dataset.js';
import { type Dataset, type OpenDataset, SPLITS } from '../../harness/contracts/dataset.js';
import { openPairs } from '../../harness/open-pairs.js';
import { normalisedPrompt } from '../../harness/prompt-splits.js';
import { checkSplits } from '../../harness/worker/splits.js';
import { root, temporary } from '../support.js';
import { defaults } from './support.js';

const dir = temporary();
/** 200 prompts with 5 pairs each, in no order, spelled in five ways. */
const rows = Array.from({ length: 1000 }, (_, i) => ({
  prompt: [' ', '  ', '\n', '\t', ' \n '].map((space) => `tell me${space}about ${i % 200}`)[i % 5]!,
  chosen: ` yes ${i}`,
  rejected: ` no ${i}`,
}));
writeFileSync(join(dir, 'pairs.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
copyFileSync(join(root, 'test/fixtures/parquet/strings.parquet'), join(dir, 'pairs.parquet'));

const texts = (open: OpenDataset): Map<string, Set<string>> =>
  new Map(
    SPLITS.map((split) => {
      const all = [...open.prompts(split), ...(open.pairs?.(split) ?? [])];
      return [split, new Set(all.map(({ prompt }) => normalisedPrompt(prompt)))];
    }),
  );
/** Prompts that two splits have, all of them. */
function leaks(open: OpenDataset): string[] {
  const of = texts(open);
  return SPLITS.flatMap((a, i) =>
    SPLITS.slice(i + 1).flatMap((b) => [...of.get(a)!].filter((prompt) => of.get(b)!.has(prompt))),
  );
}
const opened = async <P extends object>(dataset: Dataset<P>, params: object, seed: number) =>
  dataset.open({ ...defaults<P>(dataset.params, {}), ...params } as P, seed, dir);

describe('no prompt is in two of train, validation, test and held-out pairs', () => {
  const bounds = { maxPromptTokens: 64, maxCompletionTokens: 64 };
  test.each<[string, (seed: number) => Promise<OpenDataset>]>([
    ['pairs of a module', async (seed) => openPairs(rows, seed)],
    ['jsonl', (seed) => opened(jsonl, { file: 'pairs.jsonl', ...bounds }, seed)],
    ['parquet', (seed) => opened(parquet, { file: 'pairs.parquet', ...bounds }, seed)],
    ['reviews', (seed) => opened(reviews, {}, seed)],
  ])('%s', async (_, open) => {
    for (let seed = 0; seed < 10; seed++) {
      const dataset = await open(seed);
      expect(dataset.repeatsPrompts).toBeUndefined();
      for (const [split, prompts] of texts(dataset)) expect(prompts.size, split).toBeGreaterThan(0);
      expect(leaks(dataset)).toEqual([]);
      expect(checkSplits(dataset, 'x')).toBe(0);
    }
  });
  test('all of 200 prompts with 5 pairs each are somewhere', () => {
    const open = openPairs(rows, 0);
    expect([...texts(open)].map(([, prompts]) => prompts.size)).toEqual([154, 9, 20, 17]);
    expect(SPLITS.map((split) => open.pairs!(split).length)).toEqual([770, 45, 100, 85]);
  });
});

describe('worlds with a few contexts', () => {
  test.each<[string, Dataset<never>, number]>([
    ['bandit', bandit as unknown as Dataset<never>, 4],
    ['strings', strings as unknown as Dataset<never>, 4],
  ])('%s says that its splits share them, and how many is counted', async (_, dataset, contexts) => {
    const open = await opened(dataset as unknown as Dataset, {}, 0);
    expect(open.repeatsPrompts).toBe(true);
    expect(checkSplits(open, 'x')).toBe(contexts);
  });
});

describe('refused', () => {
  const world = (prompts: Partial<Record<string, readonly string[]>>, more: object = {}): OpenDataset =>
    ({
      prompts: (split: string) => prompts[split]?.map((prompt, i) => ({ id: `${split}-${i}`, prompt })),
      ...more,
    }) as unknown as OpenDataset;
  const splits = { train: ['a', 'b '], validation: ['c'], test: ['d'], heldout: [] };
  test('a prompt that is in two splits, with count, first and remedy; not one that is twice in one', () => {
    expect(checkSplits(world({ ...splits, train: ['a', 'a'] }), 'x')).toBe(0);
    expect(() => checkSplits(world({ ...splits, test: ['d', ' b', 'a'] }), 'dataset mine')).toThrow(
      'dataset mine: 2 test prompts are in another split, the first in train: " b"; give each split ' +
        'prompts of its own, or let the dataset say repeatsPrompts: true',
    );
    expect(checkSplits(world({ ...splits, test: ['b', 'a'] }, { repeatsPrompts: true }), 'x')).toBe(2);
  });
  test('a dataset from before there was a split for held-out pairs', () => {
    const { heldout: _, ...old } = splits;
    expect(() => checkSplits(world(old), 'dataset mine')).toThrow(
      "dataset mine has no split 'heldout'; let prompts('heldout') give prompts of its own, or an empty list",
    );
  });
});
