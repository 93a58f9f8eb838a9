import { describe, expect, test } from 'vitest';
import { each, flat, reporter, rising, starts } from './hand.js';

const report = reporter();

describe('a family', () => {
  const two = [
    ...starts,
    // By proxy seed 2 takes the configuration that is worse by gold.
    ...each((seed) => ({
      label: 'a[x=1]',
      stage: 'a',
      seed,
      gold: flat(1, 0),
      curve: rising(1, seed === 2 ? 9 : 1),
    })),
    ...each((seed) => ({ label: 'a[x=2]', stage: 'a', seed, gold: flat(2, 0), curve: rising(2, 2) })),
  ];
  test('is tuned by proxy and reported by gold', () => {
    const [family] = report(two).families;
    expect(family!.tuned!.choices.map((c) => c.variant)).toEqual(['a[x=2]', 'a[x=2]', 'a[x=1]']);
    expect(family!.tuned!.goldReward!.mean).toBeCloseTo(5 / 3, 12);
    expect(family!.bestOf.map((b) => b.goldReward.mean)).toEqual([
      expect.closeTo(1.5, 12),
      expect.closeTo(5 / 3, 12),
    ]);
    expect(family!.tuningFlops!.mean).toBe(400);
  });
  test('its frontier follows the proxy too', () => {
    const { frontier, area } = report(two).families[0]!;
    expect(frontier).toHaveLength(24);
    expect(frontier.at(-1)).toMatchObject({ kl: 1, goldReward: { mean: expect.closeTo(5 / 3, 12), n: 3 } });
    expect(frontier.at(-1)!.winRate!.mean).toBeCloseTo(0.5 + 0.1 * (5 / 3), 12);
    expect(area!.gain.mean).toBeCloseTo(5 / 6, 12); // half of it: linear in sqrt(KL)
  });
  test('without a proxy nothing is chosen, and the report says so', () => {
    const [family] = report([
      ...starts,
      ...each((seed) => ({ label: 'a[x=1]', stage: 'a', seed, gold: flat(1, 0), curve: rising(1) })),
      ...each((seed) => ({ label: 'a[x=2]', stage: 'a', seed, gold: flat(2, 0), curve: rising(2) })),
    ]).families;
    expect(family!.tuned).toBeNull();
    expect(family!.missing.join()).toContain('no proxy');
    expect(family!.frontier[5]!.proxyReward).toBeNull();
  });
  test('a reward that two configurations share is paid once', () => {
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
    const found = report([
      ...starts,
      ...reward,
      ...each((seed) => ({
        label: 'a[x=1]',
        stage: 'a',
        seed,
        gold: flat(1, 0),
        curve: rising(1, 1),
        reward: 'rm',
      })),
      ...each((seed) => ({
        label: 'a[x=2]',
        stage: 'a',
        seed,
        gold: flat(2, 0),
        curve: rising(2, 2),
        reward: 'rm',
      })),
    ]);
    expect(found.families[0]!.tuningFlops!.mean).toBe(1400);
    expect(found.algorithms[0]!.compute.flops!.mean).toBe(1200);
  });
  test('the share of points below another family', () => {
    const found = report([
      ...starts,
      ...each((seed) => ({ label: 'a', seed, gold: flat(1, 0), curve: rising(1) })),
      ...each((seed) => ({ label: 'b', seed, gold: flat(2, 0), curve: rising(2) })),
    ]);
    // At the start they are the same.
    expect(found.families.map((f) => f.dominated!.mean)).toEqual([expect.closeTo(2 / 3, 12), 0]);
  });
});
