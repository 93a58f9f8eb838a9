import { expect, test } from 'vitest';
import type { StoredRun } from '../../../harness/store/read.js';
import { REWARD_FIGURES } from '../../../harness/store/reward-figures.js';
import { rewardModels } from '../../../reports/sections/background.js';

const run = (label: string, summary: Readonly<Record<string, number>>): StoredRun =>
  ({ spec: { label }, outcome: { summary } }) as unknown as StoredRun;

test('reward models are the runs that the worker scored on pairs they had not learned from', () => {
  const found = rewardModels([
    run('reward', { [REWARD_FIGURES.accuracy]: 0.5, 'heldout/loss': 2 }),
    run('reward', { [REWARD_FIGURES.accuracy]: 1, 'heldout/loss': 4 }),
    run('policy', { 'test/of its own': 1 }),
    run('unscored', { 'heldout/loss': 1 }),
  ]);
  expect(found).toEqual([
    {
      name: 'reward',
      runs: 2,
      figures: {
        'heldout/loss': expect.objectContaining({ mean: 3, n: 2 }),
        [REWARD_FIGURES.accuracy]: expect.objectContaining({ mean: 0.75, n: 2 }),
      },
    },
  ]);
});
