import { describe, expect, test } from 'vitest';
import { notesOf } from '../../../harness/tune/notes.js';
import type { Place, Space } from '../../../harness/tune/trials.js';
import { allowance, answered, anywhere, has, type Surface } from './support.js';

/** Gain falls by the square of the distance from a peak; KL rises with looseness. */
const hill =
  (peak: Place, width = 4): Surface =>
  ({ strength, rate }) => ({
    kl: 2 ** (-strength / 4),
    gain: 4 - ((rate - peak.rate) / width) ** 2 - ((strength - peak.strength) / width) ** 2,
  });

const family = { stage: 'x', space: anywhere, samples: false, holdsBack: 'larger' as const, notes: [] };
const atEnd = (asked: readonly { share: number; places: readonly Place[] }[]): number =>
  asked.filter(({ share }) => share === 1).reduce((n, { places }) => n + places.length, 0);

describe('the search of strengths and rates', () => {
  test('asks for every rate at a quarter, the better half at a half, two to their end', () => {
    const { asked } = answered(hill({ strength: 0, rate: 0 }));
    expect(asked.slice(0, 3).map(({ share, places }) => [share, places.length])).toEqual([
      [1 / 4, 21],
      [1 / 2, 12],
      [1, 6],
    ]);
    expect(new Set(asked[0]!.places.map(({ strength }) => strength))).toEqual(new Set([-1, 0, 1]));
  });
  test('finds a peak among its candidates, between neighbours seen at their end', () => {
    const found = answered(hill({ strength: 0, rate: 2 }));
    expect(has(found.grid, { strength: 0, rate: 2 })).toBe(true);
    expect(found.grid!.places).toHaveLength(4);
    for (const rate of [1, 2, 3]) expect(found.trials.worth({ strength: 0, rate })).not.toBeNull();
    expect(notesOf(family, found)).toEqual([]);
  });
  test('goes outward where the best is the last one, until it is inside', () => {
    const found = answered(hill({ strength: 0, rate: 6 }), { further: 30 });
    expect(has(found.grid, { strength: 0, rate: 6 })).toBe(true);
    expect(found.trials.worth({ strength: 0, rate: 7 })).not.toBeNull();
    expect(notesOf(family, found)).toEqual([]);
  });
  test('says so where its allowance ends on an edge', () => {
    const found = answered(hill({ strength: 0, rate: 30 }));
    const notes = notesOf(family, found).join('\n');
    // Rates 2^3 and, with 12 further candidates of three strengths, four steps beyond.
    expect(notes).toMatch(/edge: learningRate 128 is the best tried at beta 1, and no higher one was seen/);
    expect(notes).toContain('--further');
  });
  test('is not misled by what a short schedule prefers', () => {
    // Short schedules like rates two steps higher, as those of a decaying rate do.
    const misled: Surface = (place, share) => hill({ strength: 0, rate: share < 1 ? 3 : 0 }, 2)(place, share);
    const found = answered(misled);
    expect(has(found.grid, { strength: 0, rate: 0 })).toBe(true);
    for (const rate of [-1, 0, 1]) expect(found.trials.worth({ strength: 0, rate })).not.toBeNull();
  });
  test('tries strengths beyond the last one, two at most', () => {
    const near = answered(hill({ strength: -2, rate: 0 }, 1), { further: 40 });
    expect(near.trials.strengths).toEqual([-3, -2, -1, 0, 1]);
    expect(has(near.grid, { strength: -2, rate: 0 })).toBe(true);
    const far = answered(hill({ strength: -9, rate: 0 }, 3), { further: 40 });
    expect(far.trials.strengths[0]).toBe(-3);
    expect(notesOf(family, far).join()).toMatch(
      /edge: beta 0.0156\d* is the best tried, and none that holds back less/,
    );
  });
  test('does not buy reward at any KL: what is worth most over the budgets is no edge', () => {
    // Gain grows with the logarithm of KL for ever; budgets end at 1 nat.
    const endless: Surface = ({ strength, rate }) => {
      const kl = 4 ** -strength * 2 ** -Math.abs(rate);
      return { kl, gain: Math.log1p(4 * kl) };
    };
    const found = answered(endless, { maxKl: 1 });
    expect(found.trials.most(found.grid!.places)!.strength).toBeGreaterThan(found.trials.strengths[0]!);
  });
});

describe('candidates that diverge', () => {
  test('drop out and stay out: the grid ends below them', () => {
    const cliff: Surface = (place, share) =>
      place.rate > 1 ? null : hill({ strength: 0, rate: 3 })(place, share);
    const found = answered(cliff);
    expect(found.grid!.rates).toEqual([0, 1]);
    // Seen to diverge at a quarter of the schedule, they are not tried again.
    const later = found.asked.slice(1).flatMap(({ places }) => places);
    expect(later.some(({ rate }) => rate > 1)).toBe(false);
    expect(notesOf(family, found)).toEqual(['6 of 39 candidates dropped out']);
  });
  test('all of them: lower rates are tried, then there is no grid', () => {
    const low: Surface = (place, share) =>
      place.rate > -5 ? null : hill({ strength: 0, rate: -6 })(place, share);
    const found = answered(low, { further: 24 });
    expect(found.grid!.rates.every((rate) => rate <= -5)).toBe(true);
    const none = answered(() => null);
    expect(none.grid).toBeNull();
    expect(notesOf(family, none).at(-1)).toMatch(/no grid/);
  });
});

describe('one axis', () => {
  const ns: Space = { strength: { parameter: 'n', at: (i) => (i < -4 ? null : 16 * 2 ** i) }, rate: null };
  const sampler = { stage: 'best', space: ns, samples: true, holdsBack: 'smaller' as const, notes: [] };
  /** Best of n, about: KL log n - 1 + 1/n, gain as its root. */
  const best: Surface = ({ strength }) => {
    const n = 16 * 2 ** strength;
    const kl = Math.log(n) - 1 + 1 / n;
    return { kl, gain: 2 * Math.sqrt(kl) };
  };
  test('of strengths: all at the whole schedule, as many values as configurations', () => {
    const found = answered(best, { maxKl: 2 }, ns);
    expect(found.asked[0]).toEqual({
      share: 1,
      places: [-3, -2, -1, 0, 1, 2, 3].map((strength) => ({ strength, rate: 0 })),
    });
    expect(found.grid!.strengths).toHaveLength(4);
    expect(found.grid!.rates).toEqual([0]);
    expect(notesOf(sampler, found)).toEqual([]);
  });
  test('of strengths at a bound: said, and nothing tried beyond', () => {
    const found = answered(({ strength }) => ({ kl: 1, gain: -strength + 10 }), {}, ns);
    expect(found.trials.strengths[0]).toBe(-4);
    expect(notesOf(sampler, found)).toEqual([
      'n 1 is the best, and the plugin allows none that holds back more',
    ]);
  });
  test('of rates: the halving alone', () => {
    const rates: Space = { strength: null, rate: anywhere.rate };
    const found = answered(({ rate }) => ({ kl: 1, gain: 4 - (rate - 1) ** 2 / 9 }), {}, rates);
    expect(found.asked.slice(0, 3).map(({ places }) => places.length)).toEqual([7, 4, 2]);
    expect(found.grid!.rates).toHaveLength(4);
    expect(found.grid!.rates).toContain(1);
  });
});

describe('equal terms', () => {
  const surfaces: Surface[] = [
    hill({ strength: 0, rate: 0 }),
    hill({ strength: 9, rate: 9 }),
    hill({ strength: -9, rate: -9 }),
    () => null,
    ({ rate }) => (rate > 0 ? null : { kl: 1, gain: rate }),
  ];
  test.each(surfaces.map((surface, i) => [i, surface] as const))(
    'surface %i: nobody tries more',
    (_, surface) => {
      const { asked, grid } = answered(surface);
      // 21 at 1/4, 12 at 1/2; at their end 6, 12 further, and at most the grid itself.
      expect(asked[0]!.places).toHaveLength(21);
      expect(atEnd(asked)).toBeLessThanOrEqual(6 + allowance.further + allowance.configurations);
      if (grid !== null) expect(grid.places).toHaveLength(4);
    },
  );
  test('equal answers, equal questions', () => {
    const again = (): unknown => answered(hill({ strength: 1, rate: 2 })).asked;
    expect(again()).toEqual(again());
  });
  test.each([
    [1, 1, 1],
    [2, 2, 1],
    [4, 2, 2],
    [6, 3, 2],
    [9, 3, 3],
  ])('%i configurations: %i strengths, %i rates', (configurations, strengths, rates) => {
    const { grid } = answered(hill({ strength: 0, rate: 0 }), { configurations });
    expect([grid!.strengths.length, grid!.rates.length]).toEqual([strengths, rates]);
  });
});

test('a plateau is not climbed: the lowest rate that is worth as much, to a hundredth, is the best', () => {
  const flat: Surface = ({ rate }) => ({ kl: 1, gain: rate < 1 ? 1 : 2 + rate / 1000 });
  const found = answered(flat);
  expect(found.trials.best(0)).toEqual({ strength: 0, rate: 1 });
  expect(Math.max(...found.trials.rates())).toBe(3); // none beyond the first candidates
});
test('where the allowance does not last, the strength that is worth most is climbed first', () => {
  const found = answered(hill({ strength: 1, rate: 9 }, 3), { further: 4 });
  // After the halving one step for each of the three, then the fourth for the best.
  expect(found.asked.slice(3, 5).map(({ places }) => places)).toEqual([
    [1, 0, -1].map((strength) => ({ strength, rate: 4 })),
    [{ strength: 1, rate: 5 }],
  ]);
});
