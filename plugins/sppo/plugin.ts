import { betaProperty, pairPlugin } from '../shared/pair-plugin.js';
import { sppoLoss } from './loss.js';

/** Self-play preference optimisation with hard labels (loss.ts). */
export default pairPlugin({
  name: 'sppo',
  summary: 'Self-play preference optimisation with hard labels',
  paper: { url: 'https://arxiv.org/abs/2405.00675', equations: ['the SPPO loss, hard labels'] },
  properties: {
    beta: betaProperty(),
  },
  loss: (x, { beta }) => sppoLoss(x, beta),
  lossAtStart: ({ beta }) => 1 / (2 * beta ** 2),
  checks: {
    golden: [{ name: 'sppo_hard', params: {} }],
  },
});
