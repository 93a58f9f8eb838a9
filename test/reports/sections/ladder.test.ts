import { describe, expect, test } from 'vitest';
import { START } from '../store.js';
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

describe('the truth', () => {
  const top = { optimum: 'e', offline: 'a', rl: 'd' };
  const above = { ...settings, ladder: top };
  // A frontier of three points: from the start at gold 1, + 2 at 1 nat, + 3 at 3 nats.
  const frontier = [
    { kl: 0, goldReward: 1 },
    { kl: 1, goldReward: 3 },
    { kl: 3, goldReward: 4 },
  ];
  const listed = (name: string, learnsFrom: 'pairs' | 'own-samples' | 'nothing', gold: number) =>
    each((seed) => ({
      label: name,
      learnsFrom,
      seed,
      gold: flat(gold, 0),
      curve: ending(2, 1),
      exact: { goldReward: gold },
    }));
  const families = [
    ...listed('a', 'pairs', 2),
    ...listed('d', 'own-samples', 2.5),
    ...listed('e', 'nothing', 3),
  ];
  const listedStarts = each((seed) => ({
    label: START,
    seed,
    gold: flat(1, 0),
    exact: { goldReward: 1, frontier },
  }));

  test('is the last rung where the start was listed: mean of its frontier over budgets, by hand', () => {
    const { ladder, answer } = report([...listedStarts, ...families], above);
    expect(ladder!.rungs.map(({ rung, family }) => [rung, family])).toEqual([
      ['offline', 'a'],
      ['rl', 'd'],
      ['optimum', 'e'],
      ['truth', null],
    ]);
    // Up to 2 nats: 2 k to 1 nat, mean 1 over it; then 2 + (k - 1) / 2, mean 2.25: (1 + 2.25) / 2.
    expect(ladder!.rungs[3]!.value!.mean).toBeCloseTo(1.625, 12);
    // The others rise in a straight line to 2 nats: half their gain.
    expect(ladder!.rungs.map(({ value }) => value!.mean)).toEqual(
      [0.5, 0.75, 1, 1.625].map((x) => expect.closeTo(x, 9)),
    );
    expect(ladder!.steps.at(-1)).toMatchObject({
      from: 'optimum',
      to: 'truth',
      what: 'error of the reward model',
    });
    const sum = ladder!.steps.reduce((total, { difference }) => total + difference!.mean, 0);
    expect(Math.abs(sum - ladder!.whole!.mean)).toBeLessThan(1e-9);
    expect(ladder!.aboutTruth).toBeNull();
    expect(answer.sentence).not.toContain('error of the reward model');
  });
  test('is no rung without the optimum below it: the step would be two changes', () => {
    const { ladder } = report([...listedStarts, ...families], {
      ...settings,
      ladder: { offline: 'a', rl: 'd' },
    });
    expect(ladder!.rungs.map(({ rung }) => rung)).toEqual(['offline', 'rl']);
    expect(ladder!.aboutTruth).toBeNull();
  });
  test('is left out where completions cannot be listed, and the page says so', () => {
    const sampled = [
      ...each((seed) => ({ label: START, seed, gold: [0, 0, 0, 0, 0, 0, 0, 0], samples: 2 })),
      ...families.map(({ exact: _, gold, ...run }) => ({ ...run, gold: [...gold, ...gold], samples: 2 })),
    ];
    const { ladder } = report(sampled, above);
    expect(ladder!.rungs.map(({ rung }) => rung)).toEqual(['offline', 'rl', 'optimum']);
    expect(ladder!.aboutTruth).toBe(
      'How far the gold reward itself would lead is not shown: it is known where every completion can be ' +
        'listed, or where the optimum is sampled from stored draws, and the start’s 2 samples a prompt ' +
        'reach 0.693 of the 2.00 nats at most.',
    );
  });
});
