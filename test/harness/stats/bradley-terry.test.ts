import { describe, expect, test } from 'vitest';
import { bradleyTerry } from '../../../harness/stats/bradley-terry.js';

describe('Bradley-Terry', () => {
  test('two players: the log-odds', () => {
    const theta = bradleyTerry([
      [0, 25],
      [75, 0],
    ])!;
    expect(theta[0]).toBe(0);
    expect(theta[1]).toBeCloseTo(Math.log(3), 10);
  });
  test('results that the model fits exactly give its strengths back, in any scale', () => {
    const truth = [0, 0.5, -1, 2];
    const wins = (n: number) =>
      truth.map((x, i) => truth.map((y, j) => (i === j ? 0 : n / (1 + Math.exp(y - x)))));
    for (const n of [1, 1000]) bradleyTerry(wins(n))!.forEach((t, i) => expect(t).toBeCloseTo(truth[i]!, 8));
  });
  test('players renamed: strengths renamed, up to the anchor', () => {
    const w = [
      [0, 3, 6],
      [7, 0, 5],
      [4, 5, 0],
    ];
    const turned = [2, 0, 1].map((i) => [2, 0, 1].map((j) => w[i]![j]!));
    const [a, b] = [bradleyTerry(w)!, bradleyTerry(turned)!];
    expect(b[1]! - b[0]!).toBeCloseTo(a[0]! - a[2]!, 10);
    expect(b[2]! - b[0]!).toBeCloseTo(a[1]! - a[2]!, 10);
  });
  test('who won everything counts half a win for the loser, and only then', () => {
    expect(
      bradleyTerry([
        [0, 0],
        [10, 0],
      ])![1],
    ).toBeCloseTo(Math.log(9.5 / 0.5), 8);
    // 2 beat 0 whole, but lost to 1, who lost to 0: a maximum exists, and nothing is added.
    const cycle = bradleyTerry([
      [0, 5, 0],
      [5, 0, 5],
      [10, 5, 0],
    ])!;
    const score = (i: number, w: readonly (readonly number[])[]) =>
      w[i]!.reduce(
        (sum, x, j) => sum + x - (i === j ? 0 : (x + w[j]![i]!) / (1 + Math.exp(cycle[j]! - cycle[i]!))),
        0,
      );
    for (const i of [0, 1, 2])
      expect(
        score(i, [
          [0, 5, 0],
          [5, 0, 5],
          [10, 5, 0],
        ]),
      ).toBeCloseTo(0, 8); // the likelihood's gradient
  });
  test('who never met cannot be ranked', () =>
    expect(
      bradleyTerry([
        [0, 1, 0],
        [1, 0, 0],
        [0, 0, 0],
      ]),
    ).toBeNull());
});
