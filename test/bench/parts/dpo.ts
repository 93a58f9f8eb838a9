import dpo from '../../../plugins/dpo/plugin.js';
import type { Part, Setting } from '../part.js';
import type { ModelSize } from '../sizes.js';
import { ENDLESS, openTrial, type Trial } from '../trial.js';
import { type BenchWorld, WORLDS } from '../worlds.js';

/** Pairs a step. */
export const PAIRS = { reviews: 16, hh: 20 } as const;

/** DPO as experiments run it; a world's epoch is a whole number of steps. */
export const dpoTrial = (world: BenchWorld, setting: Setting): Promise<Trial> =>
  openTrial(
    dpo,
    world,
    { batchSize: PAIRS[world.name], epochs: ENDLESS, learningRate: LEARNING_RATE, schedule: 'constant' },
    setting,
  );
export const LEARNING_RATE = 1e-4;

/** The smallest model meets short rows, the others long ones. */
export const worldFor = (model: ModelSize): BenchWorld =>
  WORLDS[model.width === 64 ? 'reviews' : 'hh'](model);

export const dpoPart: Part = {
  name: 'dpo',
  what: `DPO step; D64: ${PAIRS.reviews} pairs of reviews, else ${PAIRS.hh} as long as HH's`,
  perSize: true,
  rounds: 8,
  async prepare(setting, model) {
    const trial = await dpoTrial(worldFor(model), setting);
    return {
      run: async () => void (await trial.step()),
      work: () => trial.flops(['update']),
      dispose: () => trial.dispose(),
    };
  },
};
