import { describe, expect, test } from 'vitest';
import { tilted } from '../../../plugins/tilt/tilt.js';
import plugin from '../../../plugins/tilt/plugin.js';
import { bandit, bench, erased, trainAll, withDefaults } from '../support.js';

describe('tilted', () => {
  test('two arms: the log-odds move by the reward gap over beta', () => {
    const { policy } = tilted([0.8, 0.2], [1, 2], 0.5);
    expect(Math.log(policy[1]! / policy[0]!)).toBeCloseTo(Math.log(0.2 / 0.8) + 1 / 0.5, 12);
  });
  test('the KL is that of its own policy, and E[r]/beta - log Z', () => {
    const [reference, rewards, beta] = [[0.1, 0.4, 0.2, 0.3], [3, -1, 0.5, 2], 0.7];
    const { policy, kl } = tilted(reference, rewards, beta);
    const Z = reference.reduce((sum, p, i) => sum + p * Math.exp(rewards[i]! / beta), 0);
    expect(policy.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    expect(kl).toBeCloseTo(policy.reduce((sum, q, i) => sum + (q * rewards[i]!) / beta, 0) - Math.log(Z), 12);
  });
  test('no policy of the same KL has more reward: each step away from it loses', () => {
    const [reference, rewards, beta] = [[0.25, 0.25, 0.3, 0.2], [1, 0, 2, -1], 0.4];
    const objective = (policy: readonly number[]): number =>
      policy.reduce((sum, q, i) => sum + q * rewards[i]! - beta * q * Math.log(q / reference[i]!), 0);
    const { policy } = tilted(reference, rewards, beta);
    for (let i = 0; i < 4; i++)
      for (let j = 0; j < 4; j++)
        if (i !== j)
          expect(
            objective(policy.map((q, k) => (k === i ? q * 0.99 : k === j ? q + policy[i]! * 0.01 : q))),
          ).toBeLessThan(objective(policy));
  });
  test('huge betas change nothing, tiny ones take the best that can be drawn', () => {
    expect(tilted([0.5, 0.5], [0, 1], 1e9).kl).toBeCloseTo(0, 12);
    const { policy, kl } = tilted([0.5, 0.25, 0.25, 0], [0, 1, 1, 5], 1e-9);
    expect(policy).toEqual([0, 0.5, 0.5, 0]);
    expect(kl).toBeCloseTo(Math.log(2), 12);
  });
  test('a shift of the reward changes nothing, however large', () => {
    const plain = tilted([0.1, 0.9], [1, 0], 0.01);
    tilted([0.1, 0.9], [1e4 + 1, 1e4], 0.01).policy.forEach((q, i) =>
      expect(q).toBeCloseTo(plain.policy[i]!, 9),
    );
  });
});

describe('tilt', () => {
  const erasedPlugin = erased(plugin);
  const world = bandit(4, [], [0.3, 0, -0.2, 0.1]);
  const reward = { score: [0, 0.5, 1, 1.5] };
  const prompts = Array.from({ length: 4000 }, (_, i) => ({ id: String(i), ids: [4] }));

  test('takes no training step', async () =>
    expect(
      await trainAll(erasedPlugin, bench(erasedPlugin, world, { reward }), withDefaults(plugin)),
    ).toEqual([]));

  test('its estimate of KL reaches the exact one as n grows, from below', async () => {
    const { ctx } = bench(erasedPlugin, world, { reward });
    const total = [0.3, 0, -0.2, 0.1].reduce((sum, x) => sum + Math.exp(x), 0);
    const exact = tilted(
      [0.3, 0, -0.2, 0.1].map((x) => Math.exp(x) / total),
      reward.score,
      0.5,
    ).kl;
    const estimate = async (n: number): Promise<number> => {
      const { kl } = await erasedPlugin.sample!(
        ctx,
        { beta: 0.5, n },
        prompts.slice(0, 400),
        ctx.rng.split('test'),
      );
      expect(kl!.name).toBe('importance');
      expect(Math.max(...kl!.perSample)).toBeLessThanOrEqual(Math.log(n) + 1e-12);
      return kl!.perSample.reduce((a, b) => a + b, 0) / kl!.perSample.length;
    };
    const [few, many] = [await estimate(4), await estimate(128)];
    expect(few).toBeLessThan(exact - 0.05);
    expect(Math.abs(many - exact)).toBeLessThan(0.02);
  });
});
