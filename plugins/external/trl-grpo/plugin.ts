import { fileURLToPath } from 'node:url';
import { defineExternal, oneOf, parameters } from '../../../harness/index.js';
import { groupRelative, rolloutAdapter, rolloutProperties } from '../shared/rollouts.js';

/** TRL's GRPOTrainer (README.md). */
export default defineExternal({
  ...rolloutAdapter(fileURLToPath(new URL('train.py', import.meta.url))),
  name: 'trl-grpo',
  summary: "Group Relative Policy Optimization, trained outside by TRL's GRPOTrainer",
  paper: { url: 'https://arxiv.org/abs/2402.03300', equations: ['3', '4'] },
  params: parameters({
    beta: groupRelative.beta,
    lossType: oneOf(['dr_grpo', 'grpo', 'bnpo', 'dapo'], {
      default: 'dr_grpo',
      description: "TRL's loss_type: what the sum over tokens is divided by",
    }),
    scaleRewards: groupRelative.scaleRewards,
    ...rolloutProperties({ batchSize: 8, groupSize: 8 }),
  }),
});
