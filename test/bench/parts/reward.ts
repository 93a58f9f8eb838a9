import bestOfN from '../../../plugins/best-of-n/plugin.js';
import { packBatch } from '../../../harness/policy/batch.js';
import { TokenData } from '../../../harness/worker/data.js';
import type { OpenDataset } from '../../../harness/contracts/dataset.js';
import type { Part } from '../part.js';
import { openTrial } from '../trial.js';
import { reviewsWorld } from '../worlds.js';

const ROWS = 64;

export const rewardPart: Part = {
  name: 'reward',
  what: `rewards of ${ROWS} reviews`,
  perSize: true,
  rounds: 10,
  async prepare(setting, model) {
    const world = reviewsWorld(model);
    const trial = await openTrial(bestOfN, world, {}, setting);
    const { reward } = trial.bench.ctx;
    const batch = packBatch(
      world.completions.slice(0, ROWS),
      new TokenData(world.dataset as OpenDataset).shape,
    );
    return {
      run: async () => void (await reward.scores(batch)),
      work: () => trial.flops(['score']),
      dispose: () => trial.dispose(),
    };
  },
};
