import { describe, expect, test } from 'vitest';
import { Rng } from '../../../harness/index.js';
import { bootstrapMean, hierarchicalBootstrap } from '../../../harness/stats/bootstrap.js';
import { normalCdf, normalQuantile, studentCdf, studentQuantile } from '../../../harness/stats/distributions.js';
import { figureOverSeeds, seedInterval } from '../../../harness/stats/interval.js';
import { mean, standardDeviation, standardError, variance } from '../../../harness/stats/moments.js';
import { wilson, winRate } from '../../../harness/stats/proportion.js';
import { softWins, wins } from '../../../harness/metrics/win-rate.js';

describe('distributions, against tables (R 4.3)', () => {
  test.each([[0.975, 1.959963984540054], [0.5, 0], [0.01, -2.326347874040841]])('normal quantile %d', (p, z) => {
    expect(normalQuantile(p)).toBeCloseTo(z, 8);
    expect(normalCdf(z)).toBeCloseTo(p, 8);
  });
  test.each([[0.975, 2, 4.302652729911275], [0.975, 9, 2.2621571628540993], [0.95, 1, 6.313751514675043], [0.975, 100, 1.983971518523553]])('t quantile %d, %d degrees of freedom', (p, df, t) => {
    expect(studentQuantile(p, df)).toBeCloseTo(t, 6);
    expect(studentCdf(t, df)).toBeCloseTo(p, 8);
  });
});

describe('moments', () => {
  const x = [2, 4, 4, 4, 5, 5, 7, 9];
  test('by hand', () => {
    expect(mean(x)).toBe(5);
    expect(variance(x)).toBeCloseTo(32 / 7, 12);
    expect(standardDeviation(x)).toBeCloseTo(Math.sqrt(32 / 7), 12);
    expect(standardError(x)).toBeCloseTo(Math.sqrt(32 / 7 / 8), 12);
  });
  test('too few values are NaN, not 0', () => expect([mean([]), variance([1]), standardError([1])]).toEqual([Number.NaN, Number.NaN, Number.NaN]));
});

describe('proportions', () => {
  test("Wilson's interval: 8 of 10 (R's prop.test without continuity correction)", () => {
    const [lo, hi] = wilson(8, 10);
    expect(lo).toBeCloseTo(0.490162, 6);
    expect(hi).toBeCloseTo(0.943318, 6);
  });
  test('stays inside [0, 1] and has width at the ends', () => {
    expect(wilson(0, 10)[0]).toBe(0);
    expect(wilson(0, 10)[1]).toBeCloseTo(0.2775, 4);
    expect(wilson(10, 10)[1]).toBe(1);
  });
  test('refuses impossible counts', () => expect(() => wilson(11, 10)).toThrow(RangeError));
  test('a tie is half a win to each side, with its standard error', () => {
    const { rate, se } = winRate(6, 2, 2);
    expect(rate).toBeCloseTo(0.7, 12);
    expect(se).toBeCloseTo(Math.sqrt((0.6 + 0.2 - 0.16) / 10) / 2, 12);
  });
  test('hard and soft wins of paired rewards', () => {
    expect([...wins([1, 2, 3], [0, 2, 5])]).toEqual([1, 0.5, 0]);
    expect([...softWins([1, 2], [0, 2])]).toEqual([expect.closeTo(1 / (1 + Math.exp(-1)), 12), 0.5]);
  });
});

describe('intervals over seeds', () => {
  const seeds = (means: number[], n = 50, noise = 0): Float64Array[] => {
    const rng = Rng.fromSeed('intervals');
    return means.map((m) => Float64Array.from({ length: n }, () => m + noise * rng.normal()));
  };
  test('three seeds: Student t over seed means', () => {
    const { ci, basis, n } = seedInterval(seeds([1, 2, 3]))!;
    const half = 4.302652729911275 / Math.sqrt(3);
    expect(ci![0]).toBeCloseTo(2 - half, 6);
    expect(ci![1]).toBeCloseTo(2 + half, 6);
    expect([basis, n]).toEqual(['seeds-t', 3]);
  });
  test('seeds that agree by luck are no surer than their prompts', () => {
    // Equal means, spread prompts.
    const noisy = seeds([0, 0, 0], 25, 1).map((v) => v.map((x) => x - mean(v)));
    const { ci } = seedInterval(noisy)!;
    expect(ci![1] - ci![0]).toBeGreaterThan(0.3);
  });
  test('one seed: prompts alone, and it says so', () => {
    const found = seedInterval(seeds([1], 100, 1))!;
    expect(found.basis).toBe('prompts');
    expect(found.reason).toMatch(/choice of prompts only/);
    expect(seedInterval([Float64Array.of(1)])).toMatchObject({ ci: null, basis: 'none' });
  });
  test('ten seeds: two-level bootstrap, the same for every reader', () => {
    const data = seeds([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 30, 1);
    const [a, b] = [seedInterval(data)!, seedInterval(data.map((v) => v.slice()))!];
    expect(a.basis).toBe('seeds-bootstrap');
    expect(a.ci).toEqual(b.ci);
    expect(a.ci![0]).toBeLessThan(5.5);
    expect(a.ci![0]).toBeGreaterThan(2);
  });
  test('cut to the range of a rate; all won is not certainty', () => {
    expect(figureOverSeeds([[1, 1, 0], [1, 1, 1], [0, 0, 1]], [0, 1])!.ci![1]).toBeLessThanOrEqual(1);
    const all = figureOverSeeds([[1, 1, 1], [1, 1, 1]], [0, 1])!;
    expect(all.ci![0]).toBeLessThan(0.7);
  });
  test('nothing in, nothing out', () => expect(seedInterval([])).toBeNull());
  test('covers: 10 seeds of 20 prompts, 400 repetitions', () => {
    const rng = Rng.fromSeed('coverage');
    let hit = 0;
    for (let r = 0; r < 400; r++) {
      const data = Array.from({ length: 10 }, () => {
        const m = rng.normal();
        return Float64Array.from({ length: 20 }, () => m + 2 * rng.normal());
      });
      const [lo, hi] = hierarchicalBootstrap(data);
      if (lo <= 0 && 0 <= hi) hit++;
    }
    // 95 % +- 3 standard errors of 400 repetitions (1.1 %).
    expect(hit / 400).toBeGreaterThan(0.917);
    expect(hit / 400).toBeLessThan(0.983);
  });
  test('a bootstrap of prompts covers too, and needs two', () => {
    expect(bootstrapMean(Float64Array.of(1))).toBeNull();
    const [lo, hi] = bootstrapMean(Float64Array.from({ length: 400 }, (_, i) => i % 2))!;
    expect(lo).toBeCloseTo(0.45, 1);
    expect(hi).toBeCloseTo(0.55, 1);
  });
});
