import { expect, test } from 'vitest';
import { accuracyOverSeeds } from '../../../harness/stats/accuracy.js';
import { wilson } from '../../../harness/stats/proportion.js';
import { Rng } from '../../../harness/rng.js';

test('99 % of 300 pairs on one seed is not chance, 50 % is, 56 % of 50 is not told apart from it', () => {
  expect(accuracyOverSeeds([{ rate: 0.99, pairs: 300 }])!.ci![0]).toBeGreaterThan(0.9);
  expect(accuracyOverSeeds([{ rate: 0.5, pairs: 300 }])!.ci![0]).toBeLessThan(0.5);
  expect(accuracyOverSeeds([{ rate: 0.56, pairs: 50 }])!.ci![0]).toBeLessThan(0.5);
});
test('seeds that agree are as sure as all their pairs, no surer; the mean is that of the seeds', () => {
  const found = accuracyOverSeeds([
    { rate: 0.8, pairs: 100 },
    { rate: 0.8, pairs: 100 },
  ])!;
  expect(found).toEqual({ mean: 0.8, ci: wilson(160, 200), n: 2 });
});
test('seeds that differ more than their pairs allow count as fewer pairs, by hand', () => {
  const found = accuracyOverSeeds([
    { rate: 0.9, pairs: 100 },
    { rate: 0.5, pairs: 100 },
  ])!;
  // 100 (.2² + .2²) / (.7 .3) = 38.1 times what binomial seeds would differ by.
  const effective = 200 / ((100 * 2 * 0.04) / 0.21);
  expect(found.ci![0]).toBeCloseTo(wilson(0.7 * effective, effective)[0], 12);
  expect(found.ci![0]).toBeLessThan(0.5);
});
test('a judge that guesses is told apart from chance in one of twenty at most', () => {
  const rng = Rng.fromSeed('guessing');
  let alarms = 0;
  for (let r = 0; r < 2000; r++) {
    const seeds = [0, 1, 2].map(() => {
      let right = 0;
      for (let i = 0; i < 60; i++) right += Number(rng.bernoulli(0.5));
      return { rate: right / 60, pairs: 60 };
    });
    if (accuracyOverSeeds(seeds)!.ci![0] > 0.5) alarms++;
  }
  // One-sided 2.5 %, with three standard errors of 2,000 repetitions.
  expect(alarms / 2000).toBeLessThan(0.025 + 3 * Math.sqrt((0.025 * 0.975) / 2000));
});
test('no pairs, no accuracy; always right stays below 1', () => {
  expect(accuracyOverSeeds([])).toBeNull();
  expect(accuracyOverSeeds([{ rate: 0.5, pairs: 0 }])).toBeNull();
  expect(accuracyOverSeeds([{ rate: 1, pairs: 20 }])!.ci).toEqual(wilson(20, 20));
});
