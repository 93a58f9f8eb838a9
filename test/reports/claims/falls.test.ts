import { describe, expect, test } from 'vitest';
import { Rng } from '../../../harness/rng.js';
import type { EvalRow } from '../../../harness/store/records.js';
import { decideTopic, type Evidence } from '../../../reports/claims/decide.js';
import { endsHighest, falls, goldFall, proxyRise } from '../../../reports/claims/falls.js';
import { FALL, offlineOverOptimisation } from '../../../reports/claims/over-optimisation.js';
import type { Result, Seed } from '../../../reports/claims/runs.js';
import { best, world } from './cases.js';

test("a seed's peak is where the others have it, so that its own noise makes no fall", () => {
  const golds = [
    [0, 1, 2, 1],
    [0, 1, 2, 1],
    [0, 9, 2, 1.5],
  ];
  const seeds = world((s) => [
    best,
    {
      stage: 'long',
      along: (golds[s] ?? golds[0]!).map((gold, i) => ({ kl: i, gold, proxy: 10 * i })),
      end: { kl: 1, gold: 1 },
    },
  ]).slice(0, 3);
  const found = falls(seeds, 'long');
  // The third peaks at 9; the others, with it among their own others, at its step; by itself at the third.
  expect(found.map((one) => goldFall(one))).toEqual([0, 0, 0.5].map((x) => expect.closeTo(x, 6)));
  expect(found.map((one) => proxyRise(one))).toEqual([20, 20, 10]);
});

test('a seed without one of its configurations, or a lone seed, says nothing', () => {
  const seeds = world((s) => [
    best,
    {
      stage: 'long',
      outcome: s === 0 ? 'diverged' : 'completed',
      along: [0, 1, 2].map((kl) => ({ kl, gold: 1 })),
    },
  ]);
  expect(falls(seeds, 'long').map(({ seed }) => seed.seed)).toEqual([1, 2, 3, 4]);
  expect(falls(seeds.slice(0, 2), 'long')).toEqual([]);
});

test('where gold reward rises to the end the row says that there is nothing to read', () => {
  const along = (golds: readonly number[]): Seed[] =>
    world(() => [
      best,
      { stage: 'dpo-long', along: golds.map((gold, kl) => ({ kl, gold, proxy: 10 * kl })) },
    ]);
  const note = (golds: readonly number[]): string | undefined =>
    offlineOverOptimisation(along(golds)).find(({ id }) => id === 'F12-proxy')!.note;
  expect(endsHighest(falls(along([0, 1, 2]), 'dpo-long'))).toBe(true);
  expect(note([0, 1, 2])).toBe(
    "for every seed the others' mean gold reward is highest at the end: there is no fall to read",
  );
  expect(endsHighest(falls(along([0, 2, 1]), 'dpo-long'))).toBe(false);
  expect(note([0, 2, 1])).toBeUndefined();
  expect(endsHighest([])).toBe(false);
});

/** Seeds whose true curve rises and then falls by `fall`; level and noise of each seed of their own. */
function simulated(n: number, fall: number, rng: Rng): Seed[] {
  return Array.from({ length: n }, (_, s) => {
    const own = rng.split(s);
    const [height, noise] = [1 + 0.1 * own.normal(), own.split('noise')];
    const curve = Array.from({ length: 11 }, (_, i) => {
      const truth = Math.min(1, i / 5) - fall * Math.max(0, (i - 5) / 5);
      return { goldReward: { mean: height * truth + 0.05 * noise.normal() }, exact: null } as EvalRow;
    });
    const of = (): Result[] => [{ curve } as unknown as Result];
    return { seed: s, of, unit: 1 } as unknown as Seed;
  });
}

describe.each([
  [16, 150],
  [72, 40],
])('the fall of curves, simulated, %i seeds, %i times', (n, pages) => {
  /** Share of repetitions with each verdict. */
  const said = (fall: number): Record<string, number> => {
    const rng = Rng.fromSeed('falls').split(n, fall);
    const shares = { supported: 0, refuted: 0, undecided: 0 };
    for (let page = 0; page < pages; page++) {
      const values = falls(simulated(n, fall, rng.split(page)), 'long').map(goldFall);
      const evidence = { id: 'F11', values, rule: { above: FALL }, figure: null } as unknown as Evidence;
      shares[decideTopic('alone', [evidence])[0]!.verdict] += 1 / pages;
    }
    return shares;
  };
  test('at the threshold a fall is claimed in one of twenty at most', () =>
    expect(said(FALL)['supported']).toBeLessThan(0.05));
  test('a curve that rises and stays is never said to fall, and often said not to', () => {
    const shares = said(0);
    expect(shares['supported']).toBe(0);
    expect(shares['refuted']).toBeGreaterThan(0.3);
  });
  test('a fall of a tenth is found', () => expect(said(0.1)['supported']).toBeGreaterThan(0.8));
});
