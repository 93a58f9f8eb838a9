import { describe, expect, test } from 'vitest';
import { Rng } from '../../../harness/index.js';
import { bootstrapMean, hierarchicalBootstrap } from '../../../harness/stats/bootstrap.js';
import { figureOverSeeds, seedInterval } from '../../../harness/stats/interval.js';
import { mean } from '../../../harness/stats/moments.js';

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
  test('rates stay within 0 and 1 on the logit scale, by hand', () => {
    const half = (4.302652729911275 * Math.sqrt(0.07)) / Math.sqrt(3); // t of 2 degrees of freedom, sd, n
    const logit = Math.log(0.7 / 0.3);
    const at = (side: number): number => 1 / (1 + Math.exp(-(logit + (side * half) / (0.7 * 0.3))));
    const { ci } = figureOverSeeds([[0.4], [0.8], [0.9]], [0, 1])!;
    expect(ci![0]).toBeCloseTo(at(-1), 9);
    expect(ci![1]).toBeCloseTo(at(1), 9);
  });
  test('differences of rates stay within -1 and 1, however few and far apart the seeds', () => {
    const { mean: m, ci } = figureOverSeeds([[-0.3], [0.6]], [-1, 1])!;
    expect(m).toBeCloseTo(0.15, 12);
    expect(ci![0]).toBeGreaterThan(-1);
    expect(ci![1]).toBeLessThan(1);
    expect(figureOverSeeds([[1], [1]], [-1, 1])!.ci).toEqual([1, 1]);
  });
  test('a narrow interval in the middle is the symmetric one; at one bound alone it is cut', () => {
    const near = [[0.5], [0.501], [0.499]];
    const [bounded, free] = [figureOverSeeds(near, [0, 1])!, figureOverSeeds(near)!];
    expect(bounded.ci![0]).toBeCloseTo(free.ci![0], 6);
    expect(figureOverSeeds([[0], [1]], [0, Number.POSITIVE_INFINITY])!.ci![0]).toBe(0);
  });
  test('all won is not certainty', () => {
    const all = figureOverSeeds(
      [
        [1, 1, 1],
        [1, 1, 1],
      ],
      [0, 1],
    )!;
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
