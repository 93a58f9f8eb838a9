import { describe, expect, test } from 'vitest';
import { exactBestOfN } from '../../../plugins/best-of-n/kl.js';
import raft from '../../../plugins/raft/plugin.js';
import { tilted } from '../../../plugins/tilt/tilt.js';
import { bandit, bench, erased, softmax, tableOf, toyLanguage, trainAll, withDefaults } from '../support.js';

const plugin = erased(raft);
const small = { batchSize: 8, n: 4, iterations: 3 };
const run = (params: Record<string, unknown>) =>
  trainAll(plugin, bench(plugin, toyLanguage()), withDefaults(raft, { ...small, ...params }));

describe('raft', () => {
  test.each([
    [4, 1],
    [2, 2],
    [2, 3],
  ])('n %d, fitted %d times: best of n to that power of the start, ties included', async (n, iterations) => {
    const logits = [1, 0.5, 0, -1];
    const rewards = [0, 1, 1, 3];
    const b = bench(plugin, bandit(4, [], logits), { reward: { score: rewards } });
    const fit = { batchSize: 4096, epochs: 150, learningRate: 0.05, schedule: 'constant' };
    await trainAll(plugin, b, withDefaults(raft, { n, iterations, ...fit }));
    const found = softmax(await tableOf(b.policy));
    const { policy } = exactBestOfN(softmax(logits), rewards, n ** iterations);
    // A share of 4,096 draws has a standard error of at most .008; each iteration starts from the last one's.
    policy.forEach((p, i) => expect(Math.abs(found[i]! - p)).toBeLessThan(0.02 + 0.01 * iterations));
  });
  test.each([2, 8])('ranked with the KL, n %d: the fixed point is pi_ref exp(r / beta) / Z', async (n) => {
    const [logits, rewards, beta] = [[1, 0.5, 0, -1], [0, 1, 0.5, 2], 0.8];
    const b = bench(plugin, bandit(4, [], logits), { reward: { score: rewards } });
    const sizes = { batchSize: 512, iterations: 300, learningRate: 0.03, schedule: 'linear' };
    await trainAll(plugin, b, withDefaults(raft, { n, beta, ...sizes }));
    const found = softmax(await tableOf(b.policy));
    // Near the end the order of nearly equal ranks flips with every step: AdamW's rate decides what is left.
    tilted(softmax(logits), rewards, beta).policy.forEach((p, i) =>
      expect(Math.abs(found[i]! - p)).toBeLessThan(0.02),
    );
  });
  test('a larger beta holds the policy back, and only then the reference is asked', async () => {
    const ends = async (beta: number): Promise<number> => {
      const steps = await run({ beta, batchSize: 32, iterations: 60, learningRate: 5e-3 });
      return steps.slice(-10).reduce((sum, s) => sum + s['objective/kl']!, 0) / 10;
    };
    expect(await ends(2)).toBeLessThan(0.5 * (await ends(0.05)));
    const b = bench(plugin, toyLanguage());
    b.ctx.reference.tokenLogps = () => Promise.reject(new Error('asked'));
    await trainAll(plugin, b, withDefaults(raft, small));
    await expect(trainAll(plugin, b, withDefaults(raft, { ...small, beta: 1 }))).rejects.toThrow('asked');
  });
  test('yields one record per iteration; the best score higher than what was drawn', async () => {
    const steps = await run({ epochs: 2, minibatches: 4 });
    expect(steps).toHaveLength(3);
    expect(Object.keys(steps[0]!).sort()).toEqual([
      'completions/finished_share',
      'grad_norm',
      'learning_rate',
      'loss',
      'num_tokens',
      'objective/scores',
      'objective/scores_best',
    ]);
    for (const s of steps) expect(s['objective/scores_best']).toBeGreaterThan(s['objective/scores']!);
  });
  test('raises a reward on a transformer where there is a best of several', async () => {
    const ends = async (n: number, learningRate: number): Promise<number> => {
      const steps = await run({ n, batchSize: 32, iterations: 60, learningRate });
      return steps.slice(-5).reduce((sum, s) => sum + s['objective/scores']!, 0) / 5;
    };
    const start = await ends(2, 0);
    for (const n of [2, 8]) expect(await ends(n, 5e-3)).toBeGreaterThan(start + 0.3);
  });
  test('same seed, same numbers', async () => expect(await run({})).toEqual(await run({})));
  test('refuses minibatches that do not divide a batch', () =>
    expect(run({ minibatches: 3 })).rejects.toThrow(
      'raft: batchSize 8 does not divide into 3 equal minibatches; make it a multiple',
    ));
});
