import sft from '../../../plugins/sft/plugin.js';
import type { Part } from '../part.js';
import { ENDLESS, openTrial } from '../trial.js';
import { reviewsWorld } from '../worlds.js';

const ROWS = 256;
const BATCH = 32;

export const sftPart: Part = {
  name: 'sft',
  what: `SFT epoch, ${ROWS} reviews, ${BATCH} a step`,
  perSize: true,
  rounds: 5,
  async prepare(setting, model) {
    const world = reviewsWorld(model);
    const some = { ...world, completions: world.completions.slice(0, ROWS) };
    const trial = await openTrial(sft, some, { batchSize: BATCH, epochs: ENDLESS }, setting);
    return {
      async run() {
        for (let step = 0; step < ROWS / BATCH; step++) await trial.step();
      },
      work: () => trial.flops(['update']),
      dispose: () => trial.dispose(),
    };
  },
};
