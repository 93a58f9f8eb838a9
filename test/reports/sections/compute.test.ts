import { describe, expect, test } from 'vitest';
import type { HandRun } from '../store.js';
import { configuration, each, ending, flat, reporter, starts } from './hand.js';

const report = reporter();
const settings = { comparison: { budgets: [1], maxKl: 2, margin: 0.05 } };
const costing = (
  label: string,
  stage: string,
  learnsFrom: 'pairs' | 'own-samples',
  gold: number,
  cost: number,
): HandRun[] => configuration(label, stage, learnsFrom, [2, gold, gold], { curve: ending(2, gold, cost) });

describe('at equal compute', () => {
  const found = report(
    [
      ...starts,
      ...costing('off[n=1]', 'off', 'pairs', 1, 100),
      ...costing('off[n=2]', 'off', 'pairs', 1.5, 400),
      ...costing('rl[n=1]', 'rl', 'own-samples', 1.2, 400),
      ...costing('rl[n=2]', 'rl', 'own-samples', 3, 1600),
    ],
    settings,
  ).compute[0]!;
  const at = (flops: number) => found.budgets.findLast((row) => row.flops <= flops)!;
  test('below its cheapest policy a side is not trainable, which is not the start', () => {
    expect(at(399)).toMatchObject({ a: null, difference: null });
    expect(at(399).b!.mean).toBeCloseTo(1.01, 10);
  });
  test('each side buys the policy that validation likes best among those it can pay', () => {
    expect(at(1000).a!.mean).toBeCloseTo(1.21, 10);
    expect(at(1000).b!.mean).toBeCloseTo(1.51, 10);
    expect(at(1600).difference!.mean).toBeCloseTo(1.5, 10);
  });
  test('the crossover lies between two budgets', () => {
    expect(found.crossover).toMatchObject({ dearer: 'RL', from: 1600 });
    expect(found.crossover!.after).toBeLessThan(1600);
    expect(found.crossover!.after).toBeGreaterThan(1000);
  });
});

test('the reward that a run trained against is charged to it', () => {
  const reward = each((seed) => ({
    label: 'r',
    role: 'shared' as const,
    seed,
    gold: [],
    curve: ending(0, 0, 1000),
  }));
  const { compute } = report(
    [
      ...starts,
      ...reward,
      ...costing('off', 'off', 'pairs', 1, 100),
      ...each((seed) => ({
        label: 'rl',
        learnsFrom: 'own-samples' as const,
        seed,
        gold: flat(2, 0),
        curve: ending(2, 2, 100),
        reward: 'r',
      })),
    ],
    settings,
  );
  expect(compute[0]!.budgets.at(-1)!.flops).toBe(1100);
});
