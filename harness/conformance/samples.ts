import type { AlgorithmPlugin } from '../contracts/plugin.js';
import { packBatch } from '../policy/batch.js';
import { Rng } from '../rng.js';
import { bench } from './bench.js';
import { arms, type Params, rewardOf, STEPS, train } from './run.js';

const DRAWS = 2000;

/** Frequencies on four arms are within five standard errors of their exact probabilities. */
export async function samplesAsStated(plugin: AlgorithmPlugin, params: Params): Promise<string | undefined> {
  if (plugin.sample === undefined) return 'is no sampler';
  if (plugin.probabilities === undefined) return 'states none';
  const world = arms();
  const trial = bench(plugin, world, { reward: rewardOf(world)! });
  try {
    await train(plugin, trial, params, STEPS);
    const nArms = world.architecture.vocabSize;
    const prompt = world.prompts[0]!;
    const each = Array.from({ length: nArms }, (_, arm) => ({ prompt, completion: [arm] }));
    const batch = packBatch(each, { time: 2, completion: 1, padId: nArms + 1 });
    const reference = Array.from((await trial.policy.tokenLogps(batch)).data, Math.exp);
    const stated = plugin.probabilities(params, reference, Array.from(await trial.ctx.reward.scores(batch)));
    areProbabilities(stated, nArms);

    const prompts = Array.from({ length: DRAWS }, (_, i) => ({ id: String(i), ids: prompt }));
    const { completions } = await plugin.sample(trial.ctx, params, prompts, Rng.fromSeed('draws'));
    stated.forEach((p, arm) => {
      const share = completions.filter(([token]) => token === arm).length / DRAWS;
      const error = Math.sqrt((p * (1 - p)) / DRAWS);
      if (Math.abs(share - p) <= 5 * error + 0.01) return;
      const drawn = `arm ${arm} is drawn with frequency ${share.toFixed(3)} over ${DRAWS} draws`;
      throw new Error(`${drawn}, but its probability is stated as ${p.toFixed(3)}`);
    });
    return undefined;
  } finally {
    trial.dispose();
  }
}

function areProbabilities(stated: readonly number[], n: number): void {
  const total = stated.reduce((sum, p) => sum + p, 0);
  if (stated.length === n && stated.every((p) => p >= 0) && Math.abs(total - 1) <= 1e-5) return;
  const got = `${stated.length} that sum to ${Number(total.toPrecision(3))}`;
  throw new Error(
    `probabilities of ${n} completions should be ${n} numbers of at least 0 that sum to 1; got ${got}`,
  );
}
