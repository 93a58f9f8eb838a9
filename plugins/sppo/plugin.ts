import { betaProperty, type PairParams, pairPlugin } from '../shared/pair-plugin.js';
import { sppoLoss } from './loss.js';

/** Self-play preference optimisation with hard labels (loss.ts). */
export default pairPlugin<PairParams>({
  name: 'sppo',
  summary: 'Self-play preference optimisation with hard labels',
  paper: { url: 'https://arxiv.org/abs/2405.00675', equations: ['the SPPO loss, hard labels'] },
  golden: [{ lossType: 'sppo_hard', params: {} }],
  properties: {
    beta: betaProperty(),
  },
  loss: (x, { beta }) => sppoLoss(x, beta),
  lossAtStart: ({ beta }) => 1 / (2 * beta ** 2),
});
