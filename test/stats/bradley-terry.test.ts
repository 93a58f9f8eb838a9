import { describe, expect, test } from 'vitest';
import { bradleyTerry } from '../../harness/stats/bradley-terry.js';
import { bootstrapStatistic, expandedTail } from '../../harness/stats/bootstrap.js';
import { mean, standardError } from '../../harness/stats/moments.js';
import { studentQuantile } from '../../harness/stats/distributions.js';
import { pairedTTest } from '../../harness/stats/t-test.js';
import { Rng } from '../../harness/index.js';

describe('Bradley-Terry strengths', () => {
  test('two: the log odds', () => expect(bradleyTerry([[0, 20], [80, 0]])[1]).toBeCloseTo(Math.log(4), 8));
  test('three that follow the model are recovered, whatever the numbers of games', () => {
    const theta = [0, 0.7, -0.4];
    const games = [[0, 10, 300], [10, 0, 77], [300, 77, 0]];
    const wins = theta.map((a, i) => theta.map((b, j) => games[i]![j]! / (1 + Math.exp(b - a))));
    bradleyTerry(wins).forEach((x, i) => expect(x).toBeCloseTo(theta[i]!, 7));
  });
  test('the score equations hold where no model fits: expected wins equal wins', () => {
    const wins = [[0, 8, 1], [2, 0, 9], [9, 1, 0]]; // a circle
    const theta = bradleyTerry(wins);
    wins.forEach((row, i) => {
      const expected = row.reduce((sum, _, j) => (i === j ? sum : sum + (wins[i]![j]! + wins[j]![i]!) / (1 + Math.exp(theta[j]! - theta[i]!))), 0);
      expect(expected).toBeCloseTo(row.reduce((a, b) => a + b, 0), 7);
    });
  });
});

describe('paired t test', () => {
  // scipy.stats.ttest_1samp([.1, .3, -.05, .2, .12], 0).pvalue
  test('against scipy', () => expect(pairedTTest([0.1, 0.3, -0.05, 0.2, 0.12])).toBeCloseTo(0.0817537463, 9));
  test('edges: one value, no spread', () => {
    expect(pairedTTest([1])).toBeNull();
    expect(pairedTTest([0, 0])).toBe(1);
    expect(pairedTTest([1, 1])).toBe(0);
  });
  test('the sign does not matter', () => expect(pairedTTest([1, 2, 4])).toBeCloseTo(pairedTTest([-1, -2, -4])!, 12));
});

describe('expanded percentile interval of a statistic', () => {
  const rng = Rng.fromSeed('units');
  const units = Array.from({ length: 12 }, () => rng.normal());
  test('of a mean it is about the t interval', () => {
    const [lo, hi] = bootstrapStatistic(units, mean, [Float64Array.from(units)], { draws: 20_000 })!;
    const half = studentQuantile(0.975, 11) * standardError(units);
    // Bootstrap noise of 20,000 draws at the 1 % tail is about 2 % of the half width; the skew of 12 numbers adds some.
    expect((hi - lo) / 2 / half).toBeGreaterThan(0.93);
    expect((hi - lo) / 2 / half).toBeLessThan(1.07);
  });
  test('derives from the data alone; one unit has none; few units reach further out', () => {
    const data = [Float64Array.from(units)];
    expect(bootstrapStatistic(units, mean, data)).toEqual(bootstrapStatistic(units, mean, data));
    expect(bootstrapStatistic([1], mean, [Float64Array.of(1)])).toBeNull();
    expect(expandedTail(0.95, 5)).toBeLessThan(expandedTail(0.95, 50));
    expect(expandedTail(0.95, 1e6)).toBeCloseTo(0.025, 5);
  });
});
