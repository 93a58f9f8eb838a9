import { describe, expect, test } from 'vitest';
import { clusteredFigure, clustersBy } from '../../../harness/stats/clustered.js';
import { intervalOf } from '../../../harness/stats/interval.js';
import { mean } from '../../../harness/stats/moments.js';
import { wilson } from '../../../harness/stats/proportion.js';

describe('a statistic over clusters', () => {
  test('has the jackknife of clusters (numpy)', () => {
    const { mean: value, ci, n } = clusteredFigure([[1, 0.5], [0, 0, 1], [0.5], [1, 1]], mean)!;
    expect([value, n]).toEqual([0.625, 4]);
    expect(ci![0]).toBeCloseTo(0.020334133775266, 12);
    expect(ci![1]).toBeCloseTo(1.229665866224734, 12);
  });
  test('is Student’s interval where every cluster is one number', () => {
    const values = [0.2, 0.9, 0.4, 0.7, 0.1];
    const found = clusteredFigure(
      values.map((x) => [x]),
      mean,
    )!;
    const plain = intervalOf(values)!;
    expect(found.ci![0]).toBeCloseTo(plain.ci![0], 12);
    expect(found.ci![1]).toBeCloseTo(plain.ci![1], 12);
  });
  test('a share that is alike in all has an interval from their number', () => {
    const all = (x: number) =>
      clusteredFigure(
        Array.from({ length: 30 }, () => [x, x]),
        mean,
        [0, 1],
      )!.ci!;
    expect(all(1)).toEqual(wilson(30, 30));
    expect(all(0)).toEqual(wilson(0, 30));
    expect(all(0.5).map((x) => Math.round(100 * x))).toEqual([45, 55]);
  });
  test('with more clusters than are left out one by one, several go together', () => {
    const clusters = Array.from({ length: 1000 }, (_, i) => [(i * 7919) % 2]);
    const { ci, n } = clusteredFigure(clusters, mean, [0, 1])!;
    expect(n).toBe(1000);
    // By the binomial 2 x 1.96 sqrt(1/4000) = .062; of 200 groups' spread a tenth is chance.
    expect(ci![1] - ci![0]).toBeGreaterThan(0.056);
    expect(ci![1] - ci![0]).toBeLessThan(0.068);
  });
  test('one cluster has no interval, none has no figure, and a statistic without a value neither', () => {
    expect(clusteredFigure([[1, 0]], mean)).toEqual({ mean: 0.5, ci: null, n: 1 });
    expect(clusteredFigure([[], []], mean)).toBeNull();
    expect(clusteredFigure([[1], [2]], () => null)).toBeNull();
  });
  test('rows go together by a key, in the order in which it comes', () =>
    expect(clustersBy(['b1', 'a1', 'b2'], ([key]) => key!)).toEqual([['b1', 'b2'], ['a1']]));
});
