import { describe, expect, test } from 'vitest';
import type { Report } from '../../../reports/report/model.js';
import { configuration, reporter, starts } from './hand.js';

const report = reporter();
const rowOf = ({ frontiers }: Report, name: string) => frontiers.find((row) => row.name === name)!;
const at = (found: Report, name: string, budget: number) =>
  rowOf(found, name).points.find((point) => point.budget === budget)!;
const within = { comparison: { budgets: [0.5, 1, 2], maxKl: 2, margin: 0.05 } };

describe('values within KL budgets', () => {
  const found = report(
    [
      ...starts,
      ...configuration('a[x=1]', 'a', 'pairs', [1, 1, 1.5]),
      ...configuration('a[x=2]', 'a', 'pairs', [2, 3, 2.5]),
      ...configuration('b', 'b', 'own-samples', [4, 4, 4]),
    ],
    within,
  );
  test('are gold rewards on test prompts of the mixture that validation chose', () => {
    // Half of x=2, which scores 3 at 2 nats, beats all of x=1, which scores 1 at 1.
    expect(at(found, 'a', 1).gain!.mean).toBeCloseTo(0.5 * (2.5 + 0.01), 10);
    expect(at(found, 'a', 2).gain!.mean).toBeCloseTo(2.51, 10);
    expect(at(found, 'b', 2).gain!.mean).toBeCloseTo(0.5 * 4.01, 10);
    expect(at(found, 'a', 1)).toMatchObject({
      declared: true,
      score: { mean: 1.5 },
      winRate: { mean: 0.75 },
    });
  });
  test('begin at the start and never fall in what chose them', () => {
    const { points } = rowOf(found, 'a');
    expect(points[0]).toMatchObject({ budget: 0, gain: { mean: 0 }, winRate: { mean: 0.5, ci: [0.5, 0.5] } });
    const scores = points.map(({ score }) => score!.mean);
    expect(scores).toEqual([...scores].sort((x, y) => x - y));
  });
  test('the mean over budgets is theirs', () => {
    // From 0 to 2 nats along a line from 0 to 2.51.
    expect(rowOf(found, 'a').mean!.mean).toBeCloseTo(2.51 / 2, 10);
  });
  test('unions come first, RL before offline, of all configurations of their families', () =>
    expect(found.frontiers.map(({ name, kind, configurations }) => [name, kind, configurations])).toEqual([
      ['RL', 'union', 1],
      ['offline', 'union', 2],
      ['a', 'family', 2],
      ['b', 'family', 1],
    ]));
});

describe('a union beside the best of its families', () => {
  const twoFamilies = (scoreOfWorse: number): Report =>
    report(
      [
        ...starts,
        ...configuration('good', 'good', 'pairs', [2, 2, 3]),
        ...configuration('worse', 'worse', 'pairs', [2, scoreOfWorse, 1]),
        ...configuration('rl', 'rl', 'own-samples', [2, 1, 1]),
      ],
      within,
    );
  test('is not below it where what chooses ranks them rightly, and nothing is said', () => {
    const found = twoFamilies(1);
    expect(rowOf(found, 'offline').best).toMatchObject({ family: 'good', difference: { mean: 0 } });
    expect(found.answer.details.join(' ')).not.toMatch(/together is below/);
    expect(rowOf(found, 'RL').best).toBeUndefined(); // one family
    expect(rowOf(found, 'good').best).toBeUndefined();
  });
  test('is below it, which is said, where what chooses prefers worse ones', () => {
    const found = twoFamilies(4);
    const { family, difference } = rowOf(found, 'offline').best!;
    expect(family).toBe('good');
    expect(difference.mean).toBeCloseTo(1 / 2 - 3 / 2, 10); // half of what each gains at 2 nats
    expect(found.answer.details).toContainEqual(
      expect.stringMatching(
        /^Offline together is below good alone, by \+1\.00 .*: what chooses prefers worse /,
      ),
    );
  });
});

test('a worse configuration changes nothing', () => {
  const good = configuration('a[x=1]', 'a', 'pairs', [1, 1, 1.5]);
  const bad = configuration('a[x=2]', 'a', 'pairs', [1, 0.5, 0.2]);
  const [one, two] = [report([...starts, ...good], within), report([...starts, ...good, ...bad], within)];
  expect(rowOf(two, 'a').points).toEqual(rowOf(one, 'a').points);
});

test('without a score of the start or of a configuration there is no frontier, and it is said', () => {
  const blind = report([...starts, ...configuration('a', 'a', 'pairs', [1, 1, 1])], {
    tuning: { equal: false, by: 'chooser' },
  });
  expect(rowOf(blind, 'a')).toMatchObject({
    points: [],
    mean: null,
    missing: [
      expect.stringMatching(/^no chooser scores policies, .*: add a stage that gives a reward/) as string,
    ],
  });
  expect(blind.answer.sentence).toMatch(
    /^Nothing can be compared at equal KL: no chooser scores policies, and nothing else could choose/,
  );
});
