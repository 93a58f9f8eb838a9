import { describe, expect, test } from 'vitest';
import { matchedCompute } from '../../reports/compute.js';
import { family, type PointSketch } from './families.js';

const start: PointSketch = { kl: 0, gold: 0, win: 0.5 };
/** Cheap: 1 by 100 FLOPs, then no more. Dear: .5 by 200, 2 by 400. */
const cheap = (shift = 0) => [start, { kl: 1, gold: 0.6 + shift, flops: 50, win: 0.6 }, { kl: 1, gold: 1 + shift, flops: 100, win: 0.7 }];
const dear = (shift = 0) => [start, { kl: 1, gold: 0.5 + shift, flops: 200, win: 0.6 }, { kl: 2, gold: 2 + shift, flops: 400, win: 0.8 }];
const two = () => [family('cheap', [[cheap()], [cheap(0.1)], [cheap(-0.1)]]), family('dear', [[dear()], [dear(0.1)], [dear(-0.1)]])];

describe('at equal compute', () => {
  test('at the whole cost of the cheaper one the dearer one has not begun: it still is the start', () => {
    const [found] = matchedCompute(two());
    expect(found!.atCheaper).toMatchObject({ flops: 100, cheaper: 'cheap', seconds: 10 });
    expect(found!.atCheaper!.goldDifference.mean).toBeCloseTo(1, 12);
    expect(found!.atCheaper!.winRateDifference!.mean).toBeCloseTo(0.2, 12);
    expect(found!.atCheaper!.goldDifferenceAtSeconds.mean).toBeCloseTo(1, 12);
  });
  test('past its end an algorithm keeps what it had', () => {
    const [found] = matchedCompute(two());
    expect(found!.budgets[0]!.flops).toBe(200);
    expect(found!.budgets.at(-1)!.flops).toBeCloseTo(400, 9);
    expect(found!.budgets[0]!.goldDifference.mean).toBeCloseTo(0.5, 12);
    expect(found!.budgets.at(-1)!.goldDifference.mean).toBeCloseTo(-1, 12);
  });
  test('the crossover is a multiple of the cheaper cost', () => {
    const { crossover } = matchedCompute(two())[0]!;
    expect(crossover).toMatchObject({ dearer: 'dear', upTo: 4 });
    expect(crossover.multiple).toBeCloseTo(4, 6);
    expect(crossover.ci![0]).toBeCloseTo(4, 6);
  });
  test('none where the dearer one never leads; the other way round it is the same', () => {
    const worse = family('dear', [[dear(-3)], [dear(-3.1)]]);
    expect(matchedCompute([two()[0]!, worse])[0]!.crossover).toEqual({ dearer: 'dear', multiple: null, ci: null, upTo: 4 });
    const [turned] = matchedCompute(two().reverse());
    expect(turned!.atCheaper!.goldDifference.mean).toBeCloseTo(-1, 12);
    expect(turned!.crossover.multiple).toBeCloseTo(4, 6);
  });
  test('an upper end beyond what was run is open', () => {
    const mixed = family('dear', [[dear()], [dear(-3)], [dear(0.1)], [dear(0.2)]]);
    const cheaper = family('cheap', [[cheap()], [cheap()], [cheap()], [cheap()]]);
    const { crossover } = matchedCompute([cheaper, mixed])[0]!;
    expect(crossover.multiple).toBeCloseTo(4, 6);
    expect(crossover.ci![1]).toBeNull();
  });
  test('each seed with the configuration that proxy chose', () => {
    const proxied = (points: PointSketch[], proxy: number): PointSketch[] => points.map((p) => ({ ...p, proxy }));
    const family2 = family('dear', [[proxied(dear(), 1), proxied(dear(5), 0)]]);
    const other = family('cheap', [[proxied(cheap(), 0)]]);
    expect(matchedCompute([other, family2])[0]!.budgets.at(-1)!.goldDifference.mean).toBeCloseTo(-1, 12);
  });
});
