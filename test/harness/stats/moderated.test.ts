import { describe, expect, test } from 'vitest';
import { twoOneSidedTests } from '../../../harness/stats/equivalence.js';
import {
  detectable,
  differenceP,
  digamma,
  equivalenceP,
  interval95,
  inverseTrigamma,
  moderate,
  trigamma,
} from '../../../harness/stats/moderated.js';
import { mean, standardError } from '../../../harness/stats/moments.js';
import { pairedTest } from '../../../harness/stats/paired.js';

describe('moderated variances', () => {
  test('as computed with SciPy from the paper’s equations', () => {
    const seen = [0.2, 0.5, 0.9, 1.4, 3];
    const found = moderate(seen, 4, 100);
    expect(found.priorDf).toBeCloseTo(5.832831881446084, 8);
    expect(found.prior).toBeCloseTo(0.9000176762238898, 10);
    const wanted = [0.6152502014, 0.7372903232, 0.9000104855, 1.1034106885, 1.7542913378];
    seen.forEach((v, i) => expect(found.posterior(v)).toBeCloseTo(wanted[i]!, 9));
    expect(found.df).toBeCloseTo(9.8328318814, 8);
    const wide = moderate([0.02, 0.5, 0.9, 1.4, 9], 6, 100);
    expect(wide.priorDf).toBeCloseTo(1.0486852230744323, 8);
    expect(wide.prior).toBeCloseTo(0.23175475637490903, 10);
  });
  test('variances no more unlike than chance are one, with as many degrees of freedom as allowed', () => {
    const seen = [1, 1.1, 0.9];
    const found = moderate(seen, 4, 8);
    expect(found.priorDf).toBe(Number.POSITIVE_INFINITY);
    expect(new Set(seen.map(found.posterior)).size).toBe(1);
    expect(found.df).toBe(8);
  });
  test('a comparison whose seeds agree exactly is lifted, and does not count', () => {
    const found = moderate([0, 0.5, 0.9, 1.4], 4, 100);
    expect(found.posterior(0)).toBeGreaterThan(0);
    expect(found.prior).toBe(moderate([0.5, 0.9, 1.4], 4, 100).prior);
  });
  test('needs two', () => expect(() => moderate([1, 0], 4, 8)).toThrow(/two variances above 0/));
});

describe('tests of a mean', () => {
  const d = [1, 2, 4, 5];
  const plain = { mean: mean(d), se: standardError(d), df: 3 };
  test('with its own variance are the paired t test and the two one-sided ones', () => {
    expect(differenceP(plain)).toBeCloseTo(pairedTest(d)!, 14);
    expect(equivalenceP(plain, 6)).toBeCloseTo(twoOneSidedTests(d, 6).p, 12);
    expect(interval95(plain)[0]).toBeLessThan(0.1);
  });
  test('edges', () => {
    expect(differenceP({ mean: 0, se: 0, df: 3 })).toBe(1);
    expect(differenceP({ mean: 1, se: 0, df: 3 })).toBe(0);
    expect(equivalenceP({ mean: 0.1, se: 0, df: 3 }, 0.2)).toBe(0);
    expect(equivalenceP(plain, 0)).toBe(1);
    expect(detectable({ mean: 1, se: 0, df: 3 })).toBe(0);
  });
  test('the detectable difference: t of .975 and .8 at 4 degrees of freedom are 2.776 and .941', () =>
    expect(detectable({ mean: 0, se: 2, df: 4 })).toBeCloseTo(2 * (2.7764451 + 0.9409646), 5));
});

test('ψ and ψ′ as SciPy has them', () => {
  expect(digamma(0.5)).toBeCloseTo(-1.9635100260214235, 12);
  expect(digamma(3.7)).toBeCloseTo(1.1671535393615113, 12);
  expect(digamma(25)).toBeCloseTo(3.198742512851974, 12);
  expect(trigamma(0.5)).toBeCloseTo(4.93480220054468, 12);
  expect(trigamma(2)).toBeCloseTo(0.6449340668482266, 12);
  expect(trigamma(25)).toBeCloseTo(0.04081066325722558, 12);
  for (const x of [0.01, 0.7, 3, 500]) expect(inverseTrigamma(trigamma(x)) / x).toBeCloseTo(1, 9);
});
