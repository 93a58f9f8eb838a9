import { load } from '../../../harness/config/load.js';
import { makePlan } from '../../../harness/config/plan.js';
import type { Part } from '../part.js';

export const planningPart: Part = {
  name: 'planning',
  what: 'reading and planning the experiment `reviews`, five seeds',
  perSize: false,
  rounds: 10,
  async prepare() {
    let runs = 0;
    return {
      async run() {
        const file = load('reviews');
        if (file.kind !== 'experiment') throw new Error('bench: reviews is no experiment');
        runs = (await makePlan(file.experiment, file.baseDir, file.source)).runs.length;
        return undefined;
      },
      work: () => ({ amount: runs, unit: 'run' }),
      dispose: async () => undefined,
    };
  },
};
