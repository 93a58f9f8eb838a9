import { describe, expect, test } from 'vitest';
import { START } from '../store.js';
import { each, flat, reporter, starts } from './hand.js';

const report = reporter();

describe('ranking', () => {
  test('by wins over all, the start at 0', () => {
    // N of 4 prompts against the start.
    const won = (n: number): number[] => [0, 1, 2, 3].map((i) => (i < n ? 1 : -1));
    const { ranking } = report([...starts, ...each((seed) => ({ label: 'a', seed, gold: won(3) }))]);
    expect(ranking.map((r) => r.name)).toEqual(['a', START]);
    expect(ranking[0]!.theta.mean).toBeCloseTo(Math.log(3), 8);
    expect(ranking[1]!.theta).toEqual({ mean: 0, ci: [0, 0], n: 3 });
  });
  test('a win of everything is finite', () => {
    const { ranking } = report([...starts, ...each((seed) => ({ label: 'a', seed, gold: flat(1, 0) }))]);
    expect(ranking[0]!.theta.mean).toBeCloseTo(Math.log(11.5 / 0.5), 6); // 12 comparisons
  });
});
