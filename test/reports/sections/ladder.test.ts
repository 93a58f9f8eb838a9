import { expect, test } from 'vitest';
import { configuration, each, ending, flat, reporter, starts } from './hand.js';

const report = reporter();
const rungs = { offline: 'a', relabelled: 'b', 'on-policy': 'c', rl: 'd' };
const settings = { comparison: { budgets: [1], maxKl: 2, margin: 0.05 }, ladder: rungs };
const stage = (name: string, learnsFrom: 'pairs' | 'own-samples', gold: (seed: number) => number) =>
  each((seed) => ({ label: name, learnsFrom, seed, gold: flat(gold(seed), 0), curve: ending(2, 1) }));

test('the steps add up to the whole, seed by seed', () => {
  const { ladder, answer } = report(
    [
      ...starts,
      ...stage('a', 'pairs', (seed) => 1 + 0.1 * seed),
      ...stage('b', 'pairs', (seed) => 1.2 + 0.3 * seed),
      ...stage('c', 'own-samples', (seed) => 3 + 0.1 * seed),
      ...stage('d', 'own-samples', (seed) => 3.1 - 0.1 * seed),
    ],
    settings,
  );
  expect(ladder!.rungs.map(({ rung, family }) => [rung, family])).toEqual(Object.entries(rungs));
  const sum = ladder!.steps.reduce((total, { difference }) => total + difference!.mean, 0);
  expect(sum).toBeCloseTo(ladder!.whole!.mean, 12);
  expect(ladder!.whole!.mean).toBeCloseTo(ladder!.rungs[3]!.value!.mean - ladder!.rungs[0]!.value!.mean, 12);
  expect(answer.sentence).toMatch(
    /the largest step between them is completions of the policy’s own \(\+0\.\d+/,
  );
});
test('with fewer than two rungs there is no ladder', () =>
  expect(report([...starts, ...configuration('a', 'a', 'pairs', [2, 1, 1])], settings).ladder).toBeNull());
