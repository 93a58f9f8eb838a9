import { describe, expect, test } from 'vitest';
import { mixtureWithin } from '../../../harness/metrics/budget.js';
import { Rng } from '../../../harness/rng.js';
import { mean, standardError } from '../../../harness/stats/moments.js';
import { answerFigures, question } from '../../../reports/sections/answer.js';
import { gainsWithin } from '../../../reports/sections/frontier.js';
import type { Gathered } from '../../../reports/sections/gather.js';
import { pool } from '../../../reports/sections/pools.js';
import { simulatedPage } from '../../bench/calibration/simulated-page.js';

/** One family whose true gold rewards are known, in many seeds. */
const page: Gathered = simulatedPage(Rng.fromSeed('frontier'), {
  seeds: 300,
  heavyTails: false,
  paradigms: [{ learnsFrom: 'pairs', families: 1, advantage: 0 }],
});
const about = { name: 'a', kind: 'family', paradigm: 'pairs', device: 'cpu' } as const;
const BUDGETS = [0.2, 0.5, 0.8, 1.5, 2, 4];

describe('the frontier of policies whose worth is known', () => {
  const family = pool(about, page.families, 'proxy', page);
  test('is read without bias at every budget, although the choice is made from noise', () => {
    for (const budget of BUDGETS) {
      const read = gainsWithin(family, budget);
      const errors = [...family.bySeed].map(([seed, { candidates, entries }]) => {
        const mixture = mixtureWithin(candidates, budget)!;
        const truth = [...mixture].reduce((sum, [i, w]) => {
          const entry = entries[i];
          return entry == null ? sum : sum + w * entry.evals[1]!.goldReward!.mean;
        }, 0);
        return mean(read.get(seed)!) - truth;
      });
      expect(Math.abs(mean(errors)), `at ${budget} nats`).toBeLessThan(3.5 * standardError(errors));
    }
  });
  test('never falls', () => {
    const values = BUDGETS.map((budget) => mean([...gainsWithin(family, budget).values()].map(mean)));
    for (const [i, value] of values.entries()) expect(value).toBeGreaterThanOrEqual(values[i - 1] ?? 0);
  });
  test('loses no more than the noise of choosing where worse configurations are added', () => {
    const good = page.families.map((whole) => ({ ...whole, groups: [whole.groups[0]!, whole.groups[2]!] }));
    const few = pool(about, good, 'proxy', page);
    for (const budget of BUDGETS) {
      const all = gainsWithin(family, budget);
      const lost = [...gainsWithin(few, budget)].map(([seed, gain]) => mean(gain) - mean(all.get(seed)!));
      // The score that chooses is off by .08 (one standard deviation); the better of two keeps most of it.
      expect(mean(lost), `at ${budget} nats`).toBeLessThan(0.08);
    }
  });
});

describe('what a page says of five seeds', () => {
  const pages = (count: number, advantage: number) =>
    Array.from({ length: count }, (_, i) => {
      const gathered = simulatedPage(Rng.fromSeed('page').split(String(advantage), i), {
        seeds: 5,
        heavyTails: true,
        paradigms: [
          { learnsFrom: 'own-samples', families: 2, advantage },
          { learnsFrom: 'pairs', families: 2, advantage: 0 },
        ],
      });
      return answerFigures(question(gathered), gathered);
    });
  test('where nothing differs it says so but for a few pages in a hundred', () => {
    const false_ = pages(60, 0).filter(({ primary }) => /ahead|behind/.test(primary!.verdict));
    expect(false_.length).toBeLessThanOrEqual(9); // more than 9 of 60 at 5 % each: once in 1,000
  });
  test('where RL is ahead by much it is found', () =>
    expect(pages(20, 0.5).filter(({ primary }) => primary!.verdict === 'ahead').length).toBeGreaterThan(16));
});
