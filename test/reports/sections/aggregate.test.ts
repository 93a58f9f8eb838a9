import { describe, expect, test } from 'vitest';
import { each, flat, reporter, starts } from './hand.js';

const report = reporter();

describe('scores', () => {
  test('0 is the start and 1 the best compared mean', () => {
    const found = report([
      ...starts,
      ...each((seed) => ({ label: 'a', seed, gold: flat(2, 0) })),
      ...each((seed) => ({ label: 'b', seed, gold: flat(1, 0) })),
    ]);
    expect(
      found.algorithms.map((a) => [
        a.aggregate.interquartileMean!.mean,
        a.aggregate.improvement!.mean,
        a.aggregate.optimalityGap!.mean,
      ]),
    ).toEqual([
      [1, 1, 0],
      [0.5, 1, 0.5],
    ]);
    // Three seeds that all win are not certainty.
    expect(found.algorithms[0]!.aggregate.improvement!.ci![0]).toBeLessThan(0.5);
  });
  test('where nobody gained there is no scale', () => {
    const found = report([...starts, ...each((seed) => ({ label: 'a', seed, gold: flat(-1, 0) }))]);
    expect(found.algorithms[0]!.aggregate).toMatchObject({
      interquartileMean: null,
      optimalityGap: null,
      improvement: { mean: 0 },
    });
    expect(found.algorithms[0]!.missing.join()).toContain('gained');
  });
  test('the length-controlled win rate takes off what length explains', () => {
    const long = { gold: [1, 1, -1, -1], tokens: [6, 6, 1, 1] };
    const { winRate } = report([...starts, ...each((seed) => ({ label: 'a', seed, ...long }))])
      .algorithms[0]!;
    expect(winRate.vsReference!.mean).toBe(0.5);
    // Wins where it is three tokens longer, loses where two shorter.
    expect(winRate.lengthControlled!.mean).toBeLessThan(0.5);
  });
});
