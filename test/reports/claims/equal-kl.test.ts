import { describe, expect, test } from 'vitest';
import { along, chosen, lead, normalised, overBudgets, pool } from '../../../reports/claims/equal-kl.js';
import { finals, type Seed } from '../../../reports/claims/runs.js';
import { MOST_KL } from '../../../reports/claims/unit.js';
import { best, world } from './cases.js';
import type { Run } from './support.js';

const one = (runs: readonly Run[]): Seed => world(() => runs)[0]!;

describe('the value of a family', () => {
  // Chosen by score: the one at 1 nat; the one at 2 nats scores no more, although its gold is higher.
  const family: Run[] = [
    best,
    { stage: 'a', end: { kl: 1, gold: 0.6, chooser: 1 } },
    { stage: 'a', end: { kl: 2, gold: 0.9, chooser: 1 } },
    { stage: 'b', end: { kl: 1, gold: 0.3, chooser: 1 } },
  ];
  const share = 1 - 1 / (2 * MOST_KL); // mean weight of a policy at 1 nat over budgets to K

  test('is that of the mixtures that the chooser picks; gold chooses nothing', () => {
    const seed = one(family);
    expect(overBudgets(pool(seed, 'a')!, normalised(seed))).toBeCloseTo(0.6 * share, 6);
    expect(lead(seed, 'a', 'b')).toBeCloseTo(0.3 * share, 6);
  });
  test('along budgets: rises to the policy and stays', () => {
    const points = along(one(family), 'b');
    expect(points[0]).toEqual({ x: 0, y: 0 });
    for (const { x, y } of points) expect(y).toBeCloseTo(0.3 * Math.min(1, x), 6);
  });
  test('is unknown where one of its configurations failed, and of a stage without runs', () => {
    const seed = one([...family, { stage: 'b', outcome: 'diverged', end: { kl: 1, gold: 9 } }]);
    expect([pool(seed, 'b'), lead(seed, 'a', 'b'), lead(seed, 'a', 'c')]).toEqual([null, null, null]);
  });
  test('some of its configurations', () => {
    const seed = one(family);
    const near = pool(seed, 'a', ({ end }) => end.goldReward!.mean > 0.8)!;
    expect(near.runs.map((run) => run?.end.goldReward!.mean ?? null)).toEqual([null, 0.9]);
  });
});

test('of several runs the one with the highest score is chosen', () => {
  const seed = one([
    best,
    { stage: 'a', end: { kl: 1, gold: 9, chooser: 1 } },
    { stage: 'a', end: { kl: 1, gold: 1, chooser: 2 } },
  ]);
  expect(chosen(finals(seed, 'a'))!.end.goldReward!.mean).toBe(1);
  expect(chosen([])).toBeUndefined();
});
