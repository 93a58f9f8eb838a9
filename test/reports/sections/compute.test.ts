import { describe, expect, test } from 'vitest';
import { type HandRun, START } from '../store.js';
import { each, flat, reporter, SEEDS, starts } from './hand.js';

const report = reporter();

describe('equal compute', () => {
  const cheap = each((seed) => ({
    label: 'cheap',
    seed,
    gold: flat(1, 0),
    curve: [0, 1, 1].map((gold, i) => ({
      kl: i,
      gold: gold + (i > 0 ? seed / 100 : 0),
      win: 0.5 + 0.1 * gold,
      flops: 100 * i,
    })),
  }));
  const dear = each((seed) => ({
    label: 'dear',
    seed,
    gold: flat(3, 0),
    curve: [0, 0.5, 0.5, 0.5, 3].map((gold, i) => ({ kl: i, gold, win: 0.5 + 0.1 * gold, flops: 200 * i })),
  }));
  const found = report([...starts, ...cheap, ...dear]).matchedCompute[0]!;
  test('each has what it had paid for; past its end it keeps it', () => {
    expect(found.budgets).toHaveLength(16);
    expect([found.budgets[0]!.flops, found.budgets.at(-1)!.flops]).toEqual([200, 800]);
    expect(found.budgets[0]!.goldDifference.mean).toBeCloseTo(0.51, 12);
    expect(found.budgets.at(-1)!.goldDifference.mean).toBeCloseTo(-1.99, 12);
    expect(found.atCheaper).toMatchObject({
      flops: 200,
      seconds: 2,
      cheaper: 'cheap',
      winRateDifference: { mean: expect.closeTo(0.05, 12) },
      winRateDifferenceAtSeconds: { mean: expect.closeTo(0.05, 12) },
    });
  });
  test('the crossover is where the dearer one is ahead for good', () => {
    expect(found.crossover).toMatchObject({ dearer: 'dear', upTo: 4, multiple: 4 }); // ahead at its very end
    expect(found.crossover.ci).toEqual([4, 4]);
  });
  test('a reward is paid before the first step', () => {
    const reward = each((seed) => ({
      label: 'rm',
      role: 'shared' as const,
      seed,
      gold: [0],
      curve: [
        { kl: 0, gold: 0 },
        { kl: 0, gold: 0, flops: 1000 },
      ],
    }));
    const charged = report([...starts, ...reward, ...cheap, ...dear.map((run) => ({ ...run, reward: 'rm' }))])
      .matchedCompute[0]!;
    expect(charged.budgets[0]!.flops).toBe(1200);
    expect(charged.atCheaper!.goldDifference.mean).toBeCloseTo(1.01, 12); // the dear one has not begun
  });
  test('what costs nothing has no budget to match', () => {
    const free = each((seed) => ({
      label: 'free',
      seed,
      gold: flat(1, 0),
      sampler: { kl: 1, gold: 1, flops: 0 },
    }));
    expect(report([...starts, ...free, ...dear]).matchedCompute).toEqual([]);
  });
  test('a sampler pays for its draws, and stands on the start of the same validation prompts', () => {
    const start = SEEDS.map(
      (seed): HandRun => ({ label: START, seed, gold: [9, 9, 9, 9], curve: [{ kl: 0, gold: 0.25 }] }),
    ); // its test prompts have another gold reward
    const sampler = each((seed) => ({
      label: 'sampler',
      seed,
      gold: flat(1, 0),
      sampler: { kl: 1, gold: 1, flops: 150 },
    }));
    const found = report([...start, ...sampler, ...dear]);
    expect(found.matchedCompute[0]!.atCheaper).toMatchObject({ flops: 150, cheaper: 'sampler' });
    // The dear one is still the start, gold 0 by its own measure.
    expect(found.matchedCompute[0]!.atCheaper!.goldDifference.mean).toBeCloseTo(1, 12);
    // From the start's .25 to 1 along sqrt(KL).
    expect(found.families.find((f) => f.name === 'sampler')!.area!.gain.mean).toBeCloseTo(0.75 / 2, 12);
    expect(found.notes.join(' ')).toContain('charged for the draws behind the answers');
  });
  test("the start's proxy is never a sampler's, whoever comes first", () => {
    const sampler = each((seed) => ({
      label: 'sampler',
      seed,
      gold: flat(1, 0),
      sampler: { kl: 1, gold: 1, proxy: 7, flops: 150 },
    }));
    const trained = each((seed) => ({
      label: 'trained',
      seed,
      gold: flat(1, 0),
      curve: [
        { kl: 0, gold: 0, proxy: 0.5 },
        { kl: 1, gold: 1, proxy: 2 },
      ],
    }));
    expect(report([...starts, ...sampler, ...trained]).reference!.proxyReward!.mean).toBe(0.5);
    expect(report([...starts, ...sampler]).reference!.proxyReward).toBeNull();
  });
  test('never ahead: null, and up to what', () => {
    expect(
      report([
        ...starts,
        ...cheap,
        ...dear.map((run) => ({ ...run, curve: run.curve!.map((p) => ({ ...p, gold: 0 })) })),
      ]).matchedCompute[0]!.crossover,
    ).toMatchObject({ multiple: null, ci: null, upTo: 4 });
  });
});
