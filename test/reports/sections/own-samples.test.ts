import { expect, test } from 'vitest';
import { each, ending, reporter } from './hand.js';

const report = reporter();

test('how often the learned reward ranks a policy’s own samples as gold does', () => {
  const two = (gold: readonly number[], proxy: readonly number[]) => ({ gold, proxy, samples: 2 });
  const found = report([
    ...each((seed) => ({ label: 'start', seed, ...two([1, 2, 3, 4], [1, 2, 3, 4]) })),
    ...each((seed) => ({ label: 'a', seed, curve: ending(1, 1), ...two([1, 2, 4, 3], [1, 2, 3, 4]) })),
  ]);
  expect(found.rewardsOnPolicies.map(({ name, accuracy }) => [name, accuracy!.mean])).toEqual([
    ['the start', 1],
    ['a', 0.5],
  ]);
  // Nothing chose, so that nothing can disagree with the proxy.
  expect(found.rewardsOnPolicies[1]!.disagreement).toBeNull();
});

test('where two rewards exist, how often they disagree', () => {
  const runs = each((seed) => ({
    label: 'a',
    seed,
    curve: ending(1, 1),
    gold: [1, 2, 3, 4],
    proxy: [1, 2, 3, 4],
    chosenBy: [2, 1, 3, 4],
    samples: 2,
  }));
  const [row] = report(runs).rewardsOnPolicies;
  expect(row).toMatchObject({ name: 'a', accuracy: { mean: 1 }, disagreement: { mean: 0.5 } });
});
