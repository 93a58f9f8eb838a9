import { describe, expect, test } from 'vitest';
import {
  type Candidate,
  hull,
  meanMixture,
  type Mixture,
  mixed,
  mixtureWithin,
} from '../../../harness/metrics/budget.js';
import { Rng } from '../../../harness/rng.js';

const START: Candidate = { kl: 0, score: 0 };

const scoreOf = (candidates: readonly Candidate[], mixture: Mixture): number =>
  [...mixture].reduce((sum, [i, w]) => sum + w * candidates[i]!.score, 0);
const klOf = (candidates: readonly Candidate[], mixture: Mixture): number =>
  [...mixture].reduce((sum, [i, w]) => sum + w * Math.max(0, candidates[i]!.kl), 0);

/** The linear program by trying every basis: one candidate within the budget, or two that spend it. */
function bruteForce(candidates: readonly Candidate[], budget: number): number {
  let best = Number.NEGATIVE_INFINITY;
  for (const a of candidates) {
    if (a.kl <= budget) best = Math.max(best, a.score);
    for (const b of candidates) {
      if (!(a.kl <= budget && b.kl > budget)) continue;
      const w = (budget - a.kl) / (b.kl - a.kl);
      best = Math.max(best, (1 - w) * a.score + w * b.score);
    }
  }
  return best;
}

function drawn(rng: Rng): Candidate[] {
  const n = 1 + rng.int(7);
  return [
    START,
    ...Array.from({ length: n }, () => ({ kl: 5 * rng.uniform(), score: 3 * rng.uniform() - 1 })),
  ];
}

describe('the best mixture within a KL budget', () => {
  test('by hand: halfway to a policy at twice the budget, if nothing better is nearer', () => {
    const candidates = [START, { kl: 2, score: 1 }, { kl: 1, score: 0.4 }];
    expect([...mixtureWithin(candidates, 1)!]).toEqual([
      [0, 0.5],
      [1, 0.5],
    ]);
    expect([...mixtureWithin(candidates, 2)!]).toEqual([[1, 1]]);
    expect([...mixtureWithin(candidates, 9)!]).toEqual([[1, 1]]);
    expect([...mixtureWithin(candidates, 0)!]).toEqual([[0, 1]]);
  });
  test('a policy that is worse than the start is never used', () =>
    expect(hull([START, { kl: 1, score: -1 }])).toEqual([0]));
  test('a KL below 0 is noise around 0', () =>
    expect(hull([START, { kl: -0.01, score: 0.2 }, { kl: 1, score: 1 }])).toEqual([1, 2]));
  test('without a policy near enough there is none', () =>
    expect(mixtureWithin([{ kl: 2, score: 1 }], 1)).toBeNull());
  test('is the optimum of its linear program, within the budget, of two policies at most', () => {
    for (let seed = 0; seed < 500; seed++) {
      const rng = Rng.fromSeed(`lp ${seed}`);
      const candidates = drawn(rng);
      for (const budget of [0, 0.3, 1, 2.5, 6]) {
        const mixture = mixtureWithin(candidates, budget)!;
        expect(mixture.size).toBeLessThanOrEqual(2);
        expect([...mixture.values()].reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
        expect(klOf(candidates, mixture)).toBeLessThanOrEqual(budget + 1e-12);
        expect(scoreOf(candidates, mixture)).toBeCloseTo(bruteForce(candidates, budget), 10);
      }
    }
  });
  test('never falls with the budget, nor when a policy is added', () => {
    for (let seed = 0; seed < 200; seed++) {
      const rng = Rng.fromSeed(`monotone ${seed}`);
      const candidates = drawn(rng);
      const more = [...candidates, { kl: 4 * rng.uniform(), score: rng.uniform() }];
      let before = Number.NEGATIVE_INFINITY;
      for (let budget = 0; budget < 6; budget += 0.5) {
        const now = scoreOf(candidates, mixtureWithin(candidates, budget)!);
        expect(now).toBeGreaterThanOrEqual(before - 1e-12);
        expect(scoreOf(more, mixtureWithin(more, budget)!)).toBeGreaterThanOrEqual(now - 1e-12);
        before = now;
      }
    }
  });
  test('its true KL is within the budget: mixtures of distributions, computed exactly', () => {
    const rng = Rng.fromSeed('convex');
    const distribution = (sharp: number): number[] => {
      const e = Array.from({ length: 6 }, () => Math.exp(sharp * rng.normal()));
      const z = e.reduce((a, b) => a + b, 0);
      return e.map((x) => x / z);
    };
    const kl = (p: readonly number[], q: readonly number[]): number =>
      p.reduce((sum, x, i) => sum + x * Math.log(x / q[i]!), 0);
    for (let round = 0; round < 100; round++) {
      const reference = distribution(0.5);
      const reward = Array.from({ length: 6 }, () => rng.normal());
      const policies = [reference, distribution(1), distribution(2), distribution(3)];
      const candidates = policies.map((p) => ({
        kl: kl(p, reference),
        score: p.reduce((sum, x, i) => sum + x * reward[i]!, 0),
      }));
      for (const budget of [0.1, 0.5, 1.5]) {
        const mixture = mixtureWithin(candidates, budget)!;
        const policy = [...mixed(mixture, (i) => policies[i]!)];
        expect(kl(policy, reference)).toBeLessThanOrEqual(budget + 1e-12);
        const reached = policy.reduce((sum, x, i) => sum + x * reward[i]!, 0);
        expect(reached).toBeCloseTo(scoreOf(candidates, mixture), 12);
      }
    }
  });
});

describe('the mean over budgets', () => {
  test('by hand: one policy at KL 2, budgets to 2: half of it, on average', () =>
    expect([...meanMixture([START, { kl: 2, score: 1 }], 2)]).toEqual([
      [0, 0.5],
      [1, 0.5],
    ]));
  test('is the integral of the mixtures, by the midpoint rule', () => {
    for (let seed = 0; seed < 100; seed++) {
      const candidates = drawn(Rng.fromSeed(`mean ${seed}`));
      for (const most of [0.2, 1, 3, 8]) {
        const exact = meanMixture(candidates, most);
        const n = 4000;
        const sums = new Map<number, number>();
        for (let j = 0; j < n; j++)
          for (const [i, w] of mixtureWithin(candidates, ((j + 0.5) / n) * most)!)
            sums.set(i, (sums.get(i) ?? 0) + w / n);
        for (const [i, w] of sums) expect(exact.get(i) ?? 0).toBeCloseTo(w, 5);
        expect([...exact.values()].reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
      }
    }
  });
  test('asks for the start', () =>
    expect(() => meanMixture([{ kl: 1, score: 1 }], 2)).toThrow(/put the start among them/));
});

describe('what went wrong before', () => {
  test('a better policy at lower KL does not vanish where its path ends', () => {
    // 1.57 at .70 nats by one configuration, .90 at .76 by another: at .76 nats the first is still there.
    const candidates = [START, { kl: 0.7, score: 1.57 }, { kl: 0.76, score: 0.9 }];
    expect([...mixtureWithin(candidates, 0.76)!]).toEqual([[1, 1]]);
  });
  test('nothing is interpolated between two configurations of which one is worse than both ends', () => {
    const candidates = [START, { kl: 1, score: 2 }, { kl: 2, score: 0 }, { kl: 3, score: 3 }];
    expect([...mixtureWithin(candidates, 2)!]).toEqual([
      [1, 0.5],
      [3, 0.5],
    ]);
  });
});
