import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { assemble } from '../../../reports/sections/assemble.js';
import { temporary } from '../../support.js';
import { handStore } from '../store.js';
import { each, flat, reporter, starts } from './hand.js';

const dir = temporary();
const report = reporter();

describe('deviations', () => {
  test('a clean experiment has none', () =>
    expect(
      report([...starts, ...each((seed) => ({ label: 'a', seed, gold: flat(1, 0) }))]).deviations,
    ).toEqual([]));
  test('lost seeds, outcomes, other machines, a changed file', () => {
    const stored = handStore(join(dir, 'changed'), [
      ...starts,
      ...each((seed) => ({
        label: 'a',
        seed,
        gold: flat(1, 0),
        outcome: (['completed', 'diverged', 'budget-spent'] as const)[seed]!,
        node: seed === 0 ? 'v20' : 'v22',
      })),
    ]);
    const { deviations } = assemble({
      ...stored,
      hash: 'another',
      source: { name: 'x', fileHash: '', overrides: ['policy.width=64'] },
    } as typeof stored);
    expect(deviations).toEqual([
      expect.stringContaining('not what was planned'),
      expect.stringContaining('policy.width=64'),
      'a: seed 1 planned, and no finished run.',
      '1 run ended budget-spent; counted as far as they came.',
      '1 run ended diverged.',
      'Runs differ in Node version: v20 (4), v22 (1).',
    ]);
  });
});
