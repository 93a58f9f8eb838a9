import ppo from '../../../plugins/ppo-rlhf/plugin.js';
import type { Part, Setting } from '../part.js';
import type { ModelSize } from '../sizes.js';
import { ENDLESS, openTrial, type Trial } from '../trial.js';
import { reviewsWorld } from '../worlds.js';

/** One iteration: 64 rollouts, four passes over four minibatches, policy and value apart. */
export const PPO = {
  batchSize: 64,
  epochs: 4,
  minibatches: 4,
  temperature: 1,
  iterations: ENDLESS,
  learningRate: 1e-4,
  schedule: 'constant',
  missingEos: 'none',
} as const;

export const ppoTrial = (model: ModelSize, setting: Setting): Promise<Trial> =>
  openTrial(ppo, reviewsWorld(model), PPO, setting);

export const ppoPart: Part = {
  name: 'ppo',
  what: 'PPO iteration, 64 reviews drawn, 4 x 4 updates of policy and value',
  perSize: true,
  rounds: 5,
  async prepare(setting, model) {
    const trial = await ppoTrial(model, setting);
    return {
      run: async () => void (await trial.step()),
      work: () => trial.flops(['rollout', 'score', 'forward', 'update']),
      dispose: () => trial.dispose(),
    };
  },
};
