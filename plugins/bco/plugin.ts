import { betaProperty, type PairParams, pairPlugin } from '../shared/pair-plugin.js';
import { bcoLoss } from './loss.js';

/** Binary classifier optimisation on pairs (loss.ts). */
export default pairPlugin<PairParams>({
  name: 'bco',
  summary: 'Binary classifier optimisation on pairs',
  paper: { url: 'https://arxiv.org/abs/2404.04656', equations: ['BCO on pairs'] },
  golden: [{ lossType: 'bco_pair', params: {} }],
  properties: {
    beta: betaProperty(),
  },
  loss: (x, { beta }) => bcoLoss(x, beta),
  lossAtStart: () => 2 * Math.LN2,
});
