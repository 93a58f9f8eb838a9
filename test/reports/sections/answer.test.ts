import { describe, expect, test } from 'vitest';
import type { HandRun } from '../store.js';
import { configuration, each, ending, flat, reporter, starts } from './hand.js';

const report = reporter();
const settings = { comparison: { budgets: [1, 2], maxKl: 2, margin: 0.05 } };
const rl = (gold: number, more: Partial<HandRun> = {}): HandRun[] =>
  configuration('rl', 'rl', 'own-samples', [2, gold, gold], more);
const offline = (gold: number, more: Partial<HandRun> = {}): HandRun[] =>
  configuration('off', 'off', 'pairs', [2, gold, gold], more);
const noisy = (label: string, learnsFrom: HandRun['learnsFrom'], means: readonly number[]): HandRun[] =>
  each((seed) => ({
    label,
    learnsFrom: learnsFrom!,
    seed,
    gold: flat(means[seed]!, 0),
    curve: ending(2, 1),
  }));

describe('the first sentence', () => {
  test('RL ahead: by how much, how sure, over which budgets, at what compute', () => {
    const { answer } = report(
      [...starts, ...noisy('rl', 'own-samples', [3, 3.1, 2.9]), ...noisy('off', 'pairs', [1, 1, 1])],
      settings,
    );
    const parts = [
      /^RL is ahead of offline by \+1\.00 \[\+0\.\d+, \+1\.\d+\] gold reward, /,
      /on average over KL budgets up to 2\.00 nats \(3 seeds\); /,
      /RL costs 1\.00 times the compute of offline\.$/,
    ];
    expect(answer.sentence).toMatch(new RegExp(parts.map(({ source }) => source).join('')));
    expect(answer.primary).toMatchObject({ a: 'RL', b: 'offline', verdict: 'ahead' });
    expect(answer.primary!.difference!.mean).toBeCloseTo(1, 10); // half of the gain at 2 nats
  });
  test('offline ahead is said of offline', () =>
    expect(
      report(
        [...starts, ...noisy('rl', 'own-samples', [1, 1.05, 0.95]), ...noisy('off', 'pairs', [3, 3, 3])],
        settings,
      ).answer.sentence,
    ).toMatch(/^Offline is ahead of RL by \+1\.00/));
  test('not told apart: with what could have been found', () => {
    const { answer } = report(
      [...starts, ...noisy('rl', 'own-samples', [3, 0, 1]), ...noisy('off', 'pairs', [1, 1, 1])],
      settings,
    );
    expect(answer.sentence).toMatch(/^RL and offline are not told apart: /);
    expect(answer.details[0]).toMatch(/^A true difference of \d.* would have been found in four of five/);
    expect(answer.secondary.open).toBe(false);
  });
  test('a match is said where the tests say it', () => {
    const { answer } = report([...starts, ...rl(1), ...offline(1)], settings);
    expect(answer.primary).toMatchObject({ verdict: 'match', equivalenceP: 0 });
    expect(answer.sentence).toMatch(/^RL and offline match within ±0\.0\d+: /);
    expect(answer.secondary.open).toBe(false); // a match opens no gate
  });
  test('one seed decides nothing', () => {
    const { answer } = report([starts[0]!, rl(3)[0]!, offline(1)[0]!], settings);
    expect(answer.primary).toMatchObject({ verdict: 'unknown', p: null, detectable: null });
    expect(answer.sentence).toMatch(/^RL minus offline is \+1\.00 .* in one seed, which decides nothing, on/);
  });
  test('without RL the families are compared, and what is missing is said', () => {
    const { answer } = report(
      [...starts, ...noisy('a', 'pairs', [3, 3.1, 2.9]), ...noisy('b', 'pairs', [1, 1, 1])],
      settings,
    );
    expect(answer.primary).toBeNull();
    expect(answer.sentence).toMatch(
      /^This experiment has no RL, so RL is not compared with offline; a is ahead of b by \+1\.00/,
    );
  });
});

describe('families whose pairs a learned reward labelled', () => {
  // The reward that chooses likes what learned another reward's labels best, and is wrong.
  const labelled = configuration('own', 'own', 'pairs', [2, 4, 1], { relabel: 'start' });
  const found = report([...starts, ...rl(2), ...offline(3), ...labelled], settings).answer;
  test('count as offline, and the page says what would be said did they not', () => {
    expect(found.primary).toMatchObject({ verdict: 'ahead' });
    expect(found.primary!.difference!.mean).toBeCloseTo(0.5, 10); // half of 2 - 1 at 2 nats
    expect(found.ownLabels).toMatchObject({ families: ['own'], comparison: { verdict: 'behind' } });
    expect(found.ownLabels!.comparison.difference!.mean).toBeCloseTo(-0.5, 10);
    expect(found.details[0]).toMatch(
      /^Were own, on a learned reward’s labels, not counted as offline, the answer would be another: /,
    );
  });
  test('a sign that turns stands first though the words stay', () => {
    const { answer } = report(
      [
        ...starts,
        ...noisy('rl', 'own-samples', [3, -2, 2]),
        ...noisy('off', 'pairs', [2, 2.5, 2.5]),
        ...each((seed) => ({ ...labelled[seed]!, gold: flat(0.5, seed), curve: ending(2, 4) })),
      ],
      settings,
    );
    expect(answer.primary).toMatchObject({ verdict: 'not told apart' });
    expect(answer.details[0]).toMatch(
      /^Were own, .* not counted as offline, the same would be said, with the other sign: RL and offline are/,
    );
  });
  test('where there are none, or nothing else is offline, nothing is said of them', () => {
    expect(report([...starts, ...rl(2), ...offline(3)], settings).answer.ownLabels).toBeUndefined();
    expect(report([...starts, ...rl(2), ...labelled], settings).answer.ownLabels).toBeUndefined();
  });
});

describe('family against family', () => {
  const runs = [
    ...starts,
    ...noisy('rl', 'own-samples', [3, 3.1, 2.9]),
    ...noisy('a', 'pairs', [1, 1.1, 1]),
    ...noisy('b', 'pairs', [1.1, 1, 1.05]),
  ];
  const { answer } = report(runs, settings);
  test('each pair once, Bonferroni at half the level, variances moderated across them', () => {
    const { comparisons, moderated, open } = answer.secondary;
    expect(comparisons.map(({ a, b, verdict }) => [a, b, verdict])).toEqual([
      ['rl', 'a', 'ahead'],
      ['rl', 'b', 'ahead'],
      ['a', 'b', 'not told apart'],
    ]);
    expect(open).toBe(true);
    expect(moderated).toBeGreaterThan(2);
    for (const { p, equivalenceP, adjustedP } of comparisons)
      expect(adjustedP).toBeCloseTo(Math.min(1, 6 * Math.min(p!, equivalenceP ?? 1)), 12);
  });
  test('the highest mean is a maximum: with what it is ahead of, or not told apart from', () =>
    expect(answer.details).toContainEqual(
      expect.stringMatching(/^Of the families rl has the highest mean, .* ahead of every other family\.$/),
    ));
});

describe('who chooses', () => {
  // The proxy prefers the policy that exploits it, the chooser the other.
  const exploits = configuration('rl[beta=1]', 'rl', 'own-samples', [2, 5, 0.5], {
    chooser: [0, 1],
    params: { beta: 1 },
  });
  const honest = configuration('rl[beta=2]', 'rl', 'own-samples', [2, 3, 2], {
    chooser: [0, 2],
    params: { beta: 2 },
  });
  const other = offline(1, { chooser: [0, 1] });
  test('the page says what the answer would be under another rule', () => {
    const { answer } = report([...starts, ...exploits, ...honest, ...other], {
      ...settings,
      tuning: { equal: false, by: 'chooser', chooser: 'c' },
    });
    expect(answer.primary!.difference!.mean).toBeCloseTo(0.5, 10);
    expect(answer.sensitivity.map(({ by, comparison }) => [by, comparison?.difference?.mean])).toEqual([
      ['proxy', expect.closeTo(-0.25, 10)],
      ['pairs', undefined],
    ]);
    expect(answer.sensitivity[1]!.reason).toMatch(/has no score by pairs/);
    // What would change the answer stands first.
    expect(answer.details[0]).toMatch(
      /the reward that RL trained against, the answer would be another: offline is ahead/,
    );
  });
  test('gold never chooses: the test gold of what is not chosen moves nothing', () => {
    const better = configuration('rl[beta=1]', 'rl', 'own-samples', [2, 1, 99], { chooser: [0, 1] });
    const { answer } = report([...starts, ...better, ...honest, ...other], {
      ...settings,
      tuning: { equal: false, by: 'chooser', chooser: 'c' },
    });
    expect(answer.primary!.difference!.mean).toBeCloseTo(0.5, 10);
  });
});

test('data without a gold reward: one sentence', () => {
  const { answer } = report([
    ...each((seed) => ({ label: 'start', seed, gold: [] })),
    ...each((seed) => ({ label: 'a', seed, gold: [], curve: ending(1, 1) })),
  ]);
  expect(answer.sentence).toMatch(
    /^This data has no gold reward, so nothing here says which algorithm is better/,
  );
  expect(answer.details).toEqual([]);
});
