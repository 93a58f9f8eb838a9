import { describe, expect, test } from 'vitest';
import { Rng } from '../../../harness/index.js';
import { hierarchicalBootstrap, signedBootstrap } from '../../../harness/stats/bootstrap.js';
import { bradleyTerry } from '../../../harness/stats/bradley-terry.js';
import { studentQuantile } from '../../../harness/stats/distributions.js';
import { signFlipAlarms } from '../../../harness/stats/false-alarms.js';
import { seedInterval } from '../../../harness/stats/interval.js';
import { equalLengthOutcomes } from '../../../harness/stats/length-control.js';
import { mean, standardError } from '../../../harness/stats/moments.js';
import { pairedTest } from '../../../harness/stats/paired.js';
import { seedBootstrap } from '../../../harness/stats/seed-bootstrap.js';
import { expectedBestOf } from '../../../harness/stats/subsets.js';

describe('Bradley-Terry', () => {
  test('two players: the log-odds', () => {
    const theta = bradleyTerry([[0, 25], [75, 0]])!;
    expect(theta[0]).toBe(0);
    expect(theta[1]).toBeCloseTo(Math.log(3), 10);
  });
  test('results that the model fits exactly give its strengths back, in any scale', () => {
    const truth = [0, 0.5, -1, 2];
    const wins = (n: number) => truth.map((x, i) => truth.map((y, j) => (i === j ? 0 : n / (1 + Math.exp(y - x)))));
    for (const n of [1, 1000]) bradleyTerry(wins(n))!.forEach((t, i) => expect(t).toBeCloseTo(truth[i]!, 8));
  });
  test('players renamed: strengths renamed, up to the anchor', () => {
    const w = [[0, 3, 6], [7, 0, 5], [4, 5, 0]];
    const turned = [2, 0, 1].map((i) => [2, 0, 1].map((j) => w[i]![j]!));
    const [a, b] = [bradleyTerry(w)!, bradleyTerry(turned)!];
    expect(b[1]! - b[0]!).toBeCloseTo(a[0]! - a[2]!, 10);
    expect(b[2]! - b[0]!).toBeCloseTo(a[1]! - a[2]!, 10);
  });
  test('who won everything counts half a win for the loser, and only then', () => {
    expect(bradleyTerry([[0, 0], [10, 0]])![1]).toBeCloseTo(Math.log(9.5 / 0.5), 8);
    // 2 beat 0 whole, but lost to 1, who lost to 0: a maximum exists, and nothing is added.
    const cycle = bradleyTerry([[0, 5, 0], [5, 0, 5], [10, 5, 0]])!;
    const score = (i: number, w: readonly (readonly number[])[]) => w[i]!.reduce((sum, x, j) => sum + x - (i === j ? 0 : (x + w[j]![i]!) / (1 + Math.exp(cycle[j]! - cycle[i]!))), 0);
    for (const i of [0, 1, 2]) expect(score(i, [[0, 5, 0], [5, 0, 5], [10, 5, 0]])).toBeCloseTo(0, 8); // the likelihood's gradient
  });
  test('who never met cannot be ranked', () => expect(bradleyTerry([[0, 1, 0], [1, 0, 0], [0, 0, 0]])).toBeNull());
});

describe('best of k configurations, exactly', () => {
  test('by hand: of 4, 2 drawn; the order is the proxy and the value is gold', () => {
    // Pairs of (1, 2, 4, 8): best is 2, 4, 8, 4, 8, 8.
    expect(expectedBestOf([1, 2, 4, 8], 2)).toBeCloseTo(34 / 6, 12);
    // A proxy that is wrong: the last in order is worth least.
    expect(expectedBestOf([8, 4, 2, 1], 2)).toBeCloseTo((4 + 2 + 1 + 2 + 1 + 1) / 6, 12);
  });
  test('limits: one drawn is the mean, all drawn is the last', () => {
    expect(expectedBestOf([3, 5, 1], 1)).toBeCloseTo(3, 12);
    expect(expectedBestOf([3, 5, 1], 3)).toBe(1);
    expect(expectedBestOf([7], 1)).toBe(7);
    expect(() => expectedBestOf([1, 2], 3)).toThrow('1 to 2');
  });
});

describe('paired t test', () => {
  test('the p-value whose interval ends at 0', () => {
    const d = [1, 2, 4, 5];
    const t = mean(d) / standardError(d);
    expect(studentQuantile(1 - pairedTest(d)! / 2, 3)).toBeCloseTo(t, 6);
    expect(pairedTest(d.map((x) => -x))).toBe(pairedTest(d));
  });
  test('edges', () => expect([pairedTest([1]), pairedTest([0, 0]), pairedTest([2, 2])]).toEqual([null, 1, 0]));
});

describe('bootstrap over seeds', () => {
  const values = (n: number): Float64Array => { const rng = Rng.fromSeed('seeds'); return Float64Array.from({ length: n }, () => rng.normal()); };
  const meanOf = (x: Float64Array) => (seeds: Uint32Array) => [mean(Array.from(seeds, (s) => x[s]!))];
  test.each([5, 20])("of a mean is Student's interval: %d seeds", (n) => {
    const x = values(n);
    const [lo, hi] = seedBootstrap([x], n, meanOf(x))[0]!;
    const half = studentQuantile(0.975, n - 1) * standardError(x);
    // 2,000 draws: a standard deviation is known to 1.6 %, a percentile of 20 seeds to some 5 %.
    expect((hi - lo) / (2 * half)).toBeGreaterThan(0.9);
    expect((hi - lo) / (2 * half)).toBeLessThan(1.1);
  });
  test('the same numbers, the same interval; one seed, none', () => {
    expect(seedBootstrap([values(12)], 12, meanOf(values(12)))).toEqual(seedBootstrap([values(12)], 12, meanOf(values(12))));
    expect(seedBootstrap([values(1)], 1, meanOf(values(1)))).toEqual([null]);
  });
});

describe('sign turns', () => {
  const seeds = (n: number, effect: number): Float64Array[] => { const rng = Rng.fromSeed('turns'); return Array.from({ length: n }, () => { const own = effect + rng.normal() * 0.1; return Float64Array.from({ length: 20 }, () => own + rng.normal() * 0.2); }); };
  test('the prepared bootstrap is the bootstrap', () => {
    expect(signedBootstrap(seeds(10, 0))(null)).toEqual(hierarchicalBootstrap(seeds(10, 0)));
    expect(seedInterval(seeds(10, 0))!.ci).toEqual(hierarchicalBootstrap(seeds(10, 0)));
  });
  test('all ways for few seeds, 512 for many', () => {
    expect(signFlipAlarms(seeds(3, 0)).ways).toBe(4);
    expect(signFlipAlarms(seeds(10, 0)).ways).toBe(512);
    expect(signFlipAlarms(seeds(12, 0)).ways).toBe(512);
  });
  test('turning destroys even a large effect: alarms stay rare', () => {
    const { alarms, ways } = signFlipAlarms(seeds(10, 5));
    expect(alarms).toBeGreaterThanOrEqual(1); // the way that turns none
    expect(alarms / ways).toBeLessThan(0.1);
  });
});

describe('outcomes at equal length', () => {
  test('what the length alone explains is taken off', () => {
    const lengths = Float64Array.from([-2, -1, 0, 1, 2]);
    const deviation = Math.sqrt(2.5);
    const outcomes = lengths.map((d) => 0.4 + 0.3 * Math.tanh((d + 1) / deviation));
    const shifted = equalLengthOutcomes(outcomes, lengths.map((d) => d + 1));
    for (const y of shifted) expect(y).toBeCloseTo(0.4, 12);
  });
  test('equal lengths explain nothing', () => expect([...equalLengthOutcomes(Float64Array.from([0, 1, 1]), new Float64Array(3))]).toEqual([0, 1, 1]));
});
