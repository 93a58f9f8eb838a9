import { expect, test } from 'vitest';
import { configuration, each, ending, flat, reporter, starts } from './hand.js';

const report = reporter();
const settings = { comparison: { budgets: [1], maxKl: 2, margin: 0.05 } };
const grid = (scores: readonly number[]) =>
  scores.flatMap((score, i) =>
    configuration(`a[beta=${i}]`, 'a', 'pairs', [2, score, score], {
      params: { beta: 2 ** i, name: 'x', n: 5 },
    }),
  );

test('the chosen value on the end of what was swept: said, with the value to add', () => {
  const { grids } = report([...starts, ...grid([1, 2, 3])], settings);
  expect(grids[0]!.parameters).toEqual([
    {
      name: 'beta',
      role: 'strength',
      values: [1, 2, 4],
      chosen: [0, 1, 2].map((seed) => ({ seed, value: 4 })),
      edge: { side: 'largest', value: 4, seeds: 3, add: 8, freest: false },
    },
  ]);
});
test('inside it there is nothing to say', () =>
  expect(report([...starts, ...grid([1, 3, 2])], settings).grids[0]!.parameters[0]!.edge).toBeNull());
test('half the seeds are enough', () => {
  const score = (seed: number, i: number) => (i === (seed === 0 ? 1 : 0) ? 3 : 1);
  const runs = [0, 1, 2].flatMap((i) =>
    each((seed) => ({
      label: `a[beta=${i}]`,
      stage: 'a',
      learnsFrom: 'pairs' as const,
      params: { beta: 2 ** i },
      seed,
      gold: flat(1, 0),
      curve: ending(2, score(seed, i)),
    })),
  );
  expect(report([...starts, ...runs], settings).grids[0]!.parameters[0]!.edge).toEqual({
    side: 'smallest',
    value: 1,
    seeds: 2,
    add: 0.5,
    freest: false,
  });
});
test.each<['nothing' | 'pairs', readonly number[], boolean]>([
  ['nothing', [3, 2, 1], true],
  ['nothing', [1, 2, 3], false],
  ['pairs', [3, 2, 1], false],
])('learning from %s, scores %j: whether a strength is at its freest', (learnsFrom, scores, freest) => {
  // Larger values of beta hold back (`ROLES` of the store), so that the smallest is the strongest setting.
  const runs = scores.flatMap((score, i) =>
    configuration(`a[beta=${i}]`, 'a', learnsFrom, [2, score, score], { params: { beta: 2 ** i } }),
  );
  expect(report([...starts, ...runs], settings).grids[0]!.parameters[0]!.edge).toMatchObject({ freest });
});
test('a family that never comes half as far as the budget is said to be held back', () => {
  const found = report([...starts, ...configuration('a', 'a', 'pairs', [0.5, 1, 1])], settings);
  expect(found.grids[0]).toMatchObject({ unspent: true });
});
test('paradigms with unequal numbers of configurations had unequal chances', () =>
  expect(
    report([...starts, ...grid([1, 2, 3]), ...configuration('b', 'b', 'own-samples', [2, 1, 1])], settings)
      .answer.details,
  ).toContain('The paradigms did not have equal chances: RL 1, offline 3 configurations.'));
