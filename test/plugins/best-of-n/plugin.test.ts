import { describe, expect, test } from 'vitest';
import { exactBestOfN } from '../../../plugins/best-of-n/kl.js';
import bon from '../../../plugins/best-of-n/plugin.js';
import { bandit, bench, erased, toyLanguage, trainAll, withDefaults } from '../support.js';

const plugin = erased(bon);

describe('best-of-n', () => {
  test('takes no training step', async () =>
    expect(await trainAll(plugin, bench(plugin, toyLanguage()), withDefaults(bon))).toEqual([]));

  test('samples follow the exact best-of-n policy, and the KL estimate its KL', async () => {
    const logits = [1, 0.5, 0, -1];
    const rewards = [0, 2, 1, 3];
    const total = logits.reduce((sum, x) => sum + Math.exp(x), 0);
    const exact = exactBestOfN(
      logits.map((x) => Math.exp(x) / total),
      rewards,
      16,
    );
    const { ctx } = bench(plugin, bandit(4, [], logits), { reward: { score: rewards } });
    const N = 30_000;
    const prompts = Array.from({ length: N }, (_, i) => ({ id: String(i), ids: [4] }));
    const { completions, finished, kl } = await plugin.sample!(
      ctx,
      { n: 16 },
      prompts,
      ctx.rng.split('test'),
    );
    // A frequency over 30,000 draws is within .01 of its probability (more than 3 standard errors).
    exact.policy.forEach((p, arm) =>
      expect(Math.abs(completions.filter(([a]) => a === arm).length / N - p)).toBeLessThan(0.01),
    );
    expect(finished.every(Boolean)).toBe(true);
    expect(kl!.name).toBe('beirami-2024');
    const estimate = kl!.perSample.reduce((a, b) => a + b, 0) / N;
    expect(Math.abs(estimate - exact.kl)).toBeLessThan(0.08);
    expect(Math.log(16) - 15 / 16 - exact.kl).toBeGreaterThan(0.08); // the bare bound would not pass
  });

  test('never picks less than the best of its own draws; more draws score higher', async () => {
    const world = toyLanguage();
    const { ctx } = bench(plugin, world);
    const prompts = world.prompts.map((ids, i) => ({ id: String(i), ids }));
    const meanScore = async (n: number): Promise<number> => {
      const { completions } = await plugin.sample!(ctx, { n }, prompts, ctx.rng.split('test'));
      const { packBatch } = await import('../../../harness/policy/batch.js');
      const scores = await ctx.reward.scores(
        packBatch(
          prompts.map((p, i) => ({ prompt: p.ids, completion: completions[i]! })),
          { time: 6, completion: 4, padId: 7 },
        ),
      );
      return scores.reduce((a, b) => a + b, 0) / scores.length;
    };
    const [one, four, sixteen] = [await meanScore(1), await meanScore(4), await meanScore(16)];
    expect(four).toBeGreaterThan(one);
    expect(sixteen).toBeGreaterThan(four);
  });
});
