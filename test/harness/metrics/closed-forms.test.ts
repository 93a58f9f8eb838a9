import { describe, expect, test } from 'vitest';
import * as exact from '../../../harness/metrics/closed-forms.js';
import { Rng } from '../../../harness/index.js';

const rng = Rng.fromSeed('exact');
const numbers = (n: number, scale = 1): number[] => Array.from({ length: n }, () => rng.normal() * scale);
const reference = exact.softmax(numbers(6));
const reward = numbers(6, 2);

describe('pair losses', () => {
  const wins = exact.expectedWins(reward, reference);
  test('two arms: logit(p) / beta, and with a penalty p - sigma(d) = 2 lambda d (K8, K12)', () => {
    const two = [
      [0, 0.8],
      [0.2, 0],
    ];
    const gap = (loss: exact.PairLoss): number => {
      const s = exact.minimisePairLoss(two, loss);
      return s[0]! - s[1]!;
    };
    expect(gap(exact.logisticLoss(0.5))).toBeCloseTo(Math.log(4) / 0.5, 10);
    expect(gap(exact.squaredLoss(0.5))).toBeCloseTo(0.3 / 0.5, 10);
    const d = gap(exact.logisticLoss(1, 0.1));
    expect(0.8 - exact.sigmoid(d)).toBeCloseTo(0.2 * d, 10);
  });
  test('Bradley-Terry finds rewards up to a shift (K6); the policy loss is both stages in one (K7)', () => {
    const r = exact.minimisePairLoss(wins, exact.logisticLoss());
    r.forEach((x, i) => expect(x - r[0]!).toBeCloseTo(reward[i]! - reward[0]!, 7));
    const s = exact.minimisePairLoss(wins, exact.logisticLoss(0.3));
    expect(
      exact.totalVariation(
        exact.tilted(reference, s),
        exact.regularisedOptimum(reference, reward, 0.3).policy,
      ),
    ).toBeLessThan(1e-8);
  });
  test('the gradient is that of the value', () => {
    for (const loss of [exact.logisticLoss(0.7, 0.05), exact.squaredLoss(0.4)]) {
      for (const h of [-3, -0.2, 0, 1.7]) {
        expect(loss.slope(h)).toBeCloseTo((loss.value(h + 1e-6) - loss.value(h - 1e-6)) / 2e-6, 6);
        expect(loss.curvature(h)).toBeCloseTo((loss.slope(h + 1e-6) - loss.slope(h - 1e-6)) / 2e-6, 6);
      }
    }
  });
  test('no minimiser where one arm never loses', () =>
    expect(() =>
      exact.minimisePairLoss(
        [
          [0, 1],
          [0, 0],
        ],
        exact.logisticLoss(),
      ),
    ).toThrow(/no finite minimiser/));
  test('the squared loss: population tilt (K9) and least squares on a list of pairs (K10)', () => {
    const uniform = new Array<number>(6).fill(1 / 6);
    const p = (i: number, j: number): number => exact.sigmoid(reward[i]! - reward[j]!);
    const s = exact.minimisePairLoss(exact.expectedWins(reward, uniform), exact.squaredLoss(0.5));
    expect(
      exact.totalVariation(exact.tilted(reference, s), exact.preferenceTilt(reference, p, uniform, 0.5)),
    ).toBeLessThan(1e-10);
    const pairs = [
      [0, 1],
      [1, 2],
      [0, 2],
      [3, 0],
      [2, 3],
      [4, 5],
    ] as const;
    const list = Array.from({ length: 6 }, (_, i) =>
      Array.from({ length: 6 }, (_, j) => pairs.filter(([w, l]) => w === i && l === j).length),
    );
    const direct = exact.leastSquaresScores(6, pairs, 0.5);
    const solved = exact.minimisePairLoss(
      list.slice(0, 4).map((row) => row.slice(0, 4)),
      exact.squaredLoss(0.5),
    );
    for (const i of [1, 2, 3]) expect(direct[i]! - direct[0]!).toBeCloseTo(solved[i]! - solved[0]!, 6);
    expect(direct[4]! - direct[5]!).toBeCloseTo(1, 6); // a part of its own: 1/(2 tau)
  });
  test('the squared loss: a reward model with target gap 1/2, exact RL at temperature tau (K11)', () => {
    const tau = 0.35;
    const rewards = exact.minimisePairLoss(wins, exact.squaredLoss(1)); // target 1/2
    const direct = exact.tilted(reference, exact.minimisePairLoss(wins, exact.squaredLoss(tau)));
    expect(
      exact.totalVariation(direct, exact.regularisedOptimum(reference, rewards, tau).policy),
    ).toBeLessThan(1e-10);
  });
  test('two arms, certain winner: pi = sigma(1/(2 tau)) (K9)', () => {
    expect(exact.preferenceTilt([0.5, 0.5], (i) => (i === 0 ? 1 : 0), [0.5, 0.5], 0.4)[0]).toBeCloseTo(
      exact.sigmoid(1 / 0.8),
      10,
    );
  });
});

describe('the rest', () => {
  test('gradient flow grows logarithmically (K13): eta .1, t 1e6', () => {
    const h = [0.1, 0.5, 1, 5, 10].map((beta) => exact.gradientFlowMargin(beta, 1e5) / beta);
    [76, 21.6, 12.2, 3.1, 1.7].forEach((want, i) => expect(Math.abs(h[i]! - want) / want).toBeLessThan(0.02));
    // Against the flow itself, integrated: dm/dt = 2 beta^2 sigma(-m).
    let m = 0;
    for (let i = 0; i < 100_000; i++) m += 1e-3 * 2 * 0.25 * exact.sigmoid(-m);
    expect(exact.gradientFlowMargin(0.5, 100)).toBeCloseTo(m, 3);
  });
  test('unanimous labels (K15)', () => {
    expect([3, 5, 10].map((k) => 0.8 ** k)).toEqual([
      expect.closeTo(0.512, 10),
      expect.closeTo(0.32768, 10),
      expect.closeTo(0.1073741824, 10),
    ]);
    expect(exact.unanimous(0.8, 3)).toBeCloseTo(0.52, 10);
  });
  test('information of Bradley-Terry scores predicts their spread (K16)', () => {
    const r = [0, 1];
    const pairs = Array.from({ length: 400 }, () => [0, 1] as const);
    const variance = 1 / exact.bradleyTerryInformation(r, pairs)[1]![1]!;
    const draws = Rng.fromSeed('information');
    const estimates = Array.from({ length: 2000 }, () => {
      let wins = 0;
      for (let i = 0; i < 400; i++) if (draws.bernoulli(exact.sigmoid(1))) wins++;
      return exact.logit(wins / 400);
    });
    const mean = estimates.reduce((a, b) => a + b, 0) / 2000;
    const spread = estimates.reduce((s, x) => s + (x - mean) ** 2, 0) / 1999;
    expect(spread / variance).toBeCloseTo(1, 0.9);
  });
});
