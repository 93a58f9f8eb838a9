import { describe, expect, test } from 'vitest';
import {
  normalCdf,
  normalQuantile,
  studentCdf,
  studentQuantile,
} from '../../../harness/stats/distributions.js';

describe('distributions, against tables (R 4.3)', () => {
  test.each([
    [0.975, 1.959963984540054],
    [0.5, 0],
    [0.01, -2.326347874040841],
  ])('normal quantile %d', (p, z) => {
    expect(normalQuantile(p)).toBeCloseTo(z, 8);
    expect(normalCdf(z)).toBeCloseTo(p, 8);
  });
  test.each([
    [0.975, 2, 4.302652729911275],
    [0.975, 9, 2.2621571628540993],
    [0.95, 1, 6.313751514675043],
    [0.975, 100, 1.983971518523553],
  ])('t quantile %d, %d degrees of freedom', (p, df, t) => {
    expect(studentQuantile(p, df)).toBeCloseTo(t, 6);
    expect(studentCdf(t, df)).toBeCloseTo(p, 8);
  });
});
