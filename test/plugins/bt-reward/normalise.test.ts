import { expect, test } from 'vitest';
import { type Module, Rng, type RunContext } from '../../../harness/index.js';
import { normalise } from '../../../plugins/bt-reward/normalise.js';

/** A context whose reward model gives these scores to whatever is drawn. */
function paperContext(scores: readonly number[]) {
  const set: { mean: number; std: number }[] = [];
  const prompts = scores.map((_, i) => ({ id: String(i), ids: [1] }));
  const ctx = {
    rng: Rng.fromSeed('paper'),
    policy: {} as Module,
    rewardModel: {
      scores: async () => Float32Array.from(scores),
      setNormalisation: (normalisation: { mean: number; std: number }) => void set.push(normalisation),
    } as unknown as Module,
    prompts: () =>
      Object.assign(
        (async function* () {
          if (prompts.length > 0) yield { index: 0, prompts };
        })(),
        { totalSteps: 1 },
      ),
    generate: async () => ({ batch: {} }),
  } as unknown as RunContext;
  return { ctx, set };
}

test('mean 0 and the wanted deviation on samples of the start; says what they were', async () => {
  const { ctx, set } = paperContext([1, 3, 5, 7]);
  const summary = await normalise(ctx, { normalisationSamples: 4, scale: 2, headScale: 10 });
  const std = Math.sqrt(5); // biased
  expect(summary).toEqual({ 'normalisation/mean': 40, 'normalisation/std': 10 * std });
  expect(set).toEqual([{ mean: 4, std: std / 2 }]);
});
test('no prompts to sample for are an error, not a raw reward', async () => {
  const { ctx } = paperContext([]);
  await expect(normalise(ctx, { normalisationSamples: 4, scale: 1, headScale: 1 })).rejects.toThrow(
    /no prompts left/,
  );
});
