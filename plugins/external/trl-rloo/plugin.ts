import { fileURLToPath } from 'node:url';
import { defineExternal, number, parameters } from '../../../harness/index.js';
import { rolloutAdapter, rolloutProperties } from '../shared/rollouts.js';

/** TRL's RLOOTrainer (README.md). */
export default defineExternal({
  ...rolloutAdapter(fileURLToPath(new URL('train.py', import.meta.url))),
  name: 'trl-rloo',
  summary: "REINFORCE with a leave-one-out baseline, trained outside by TRL's RLOOTrainer",
  paper: { url: 'https://arxiv.org/abs/2402.14740', equations: ['REINFORCE Leave-One-Out'] },
  params: parameters({
    beta: number({
      min: 0,
      default: 0.05,
      role: { kind: 'strength', holdsBack: 'larger' },
      description: 'β: weight of the KL to the reference in the reward, whole completions',
    }),
    ...rolloutProperties({ batchSize: 16, groupSize: 4 }),
  }),
});
