import { fileURLToPath } from 'node:url';
import { defineExternal, number, oneOf, parameters } from '../../../harness/index.js';
import { rolloutAdapter, rolloutProperties } from '../shared/rollouts.js';

/** TRL's GRPOTrainer (README.md). */
export default defineExternal({
  ...rolloutAdapter(fileURLToPath(new URL('train.py', import.meta.url))),
  name: 'trl-grpo',
  summary: "Group Relative Policy Optimization, trained outside by TRL's GRPOTrainer",
  paper: { url: 'https://arxiv.org/abs/2402.03300', equations: ['3', '4'] },
  params: parameters({
    beta: number({
      min: 0,
      default: 0.04,
      role: { kind: 'strength', holdsBack: 'larger' },
      description: 'β: weight of the KL to the reference in the loss',
    }),
    lossType: oneOf(['dr_grpo', 'grpo', 'bnpo', 'dapo'], {
      default: 'dr_grpo',
      description: "TRL's loss_type: what the sum over tokens is divided by",
    }),
    scaleRewards: oneOf(['none', 'group'], {
      default: 'none',
      description: "Advantages: r - mean of the group, or 'group': divided by its standard deviation too",
    }),
    ...rolloutProperties({ batchSize: 8, groupSize: 8 }),
  }),
});
