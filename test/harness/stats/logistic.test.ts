import { describe, expect, test } from 'vitest';
import { logistic, logisticSlope } from '../../../harness/stats/logistic.js';

const xs = [0.5, -1.2, 2, 0.1, -0.7, 1.4, -2.1, 0.9];
const ys = [1, 0, 1, 0.5, 0, 1, 0.5, 0.25];
const rows = xs.map((x, i) => ({ y: ys[i]!, x: [x, 1] }));

describe('a logistic regression with a weak prior', () => {
  test('has the coefficients of scipy’s optimum', () => {
    const beta = logistic(rows)!;
    expect(beta[0]).toBeCloseTo(0.9051311548947837, 10);
    expect(beta[1]).toBeCloseTo(0.03235951974331606, 10);
  });
  test('has the interval of numpy’s clustered variance, with rows two and two', () => {
    const clusters = [0, 1, 2, 3].map((k) => rows.slice(2 * k, 2 * k + 2));
    const { mean, ci, n } = logisticSlope(clusters)!;
    expect([mean, n]).toEqual([logistic(rows)![0], 4]);
    expect(ci![0]).toBeCloseTo(-1.586632409071112, 8);
    expect(ci![1]).toBeCloseTo(3.396894718860679, 8);
  });
  test('is finite where a predictor tells every outcome', () => {
    const told = Array.from({ length: 200 }, (_, i) => ({ y: i % 2, x: [i % 2 === 1 ? 1 : -1] }));
    const { mean, ci } = logisticSlope(told.map((row) => [row]))!;
    expect(mean).toBeGreaterThan(4);
    expect(mean).toBeLessThan(8);
    expect(ci![0]).toBeGreaterThan(0);
  });
  test('is nothing without rows, and has no interval in one cluster', () => {
    expect(logisticSlope([])).toBeNull();
    expect(logisticSlope([rows])!.ci).toBeNull();
  });
});
