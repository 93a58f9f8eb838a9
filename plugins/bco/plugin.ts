import { betaProperty, pairPlugin } from '../shared/pair-plugin.js';
import { bcoLoss } from './loss.js';

/** Binary classifier optimisation on pairs (loss.ts). */
export default pairPlugin({
  name: 'bco',
  summary: 'Binary classifier optimisation on pairs',
  paper: { url: 'https://arxiv.org/abs/2404.04656', equations: ['BCO on pairs'] },
  properties: {
    beta: betaProperty(),
  },
  loss: (x, { beta }) => bcoLoss(x, beta),
  lossAtStart: () => 2 * Math.LN2,
  checks: {
    golden: [{ name: 'bco_pair', params: {} }],
  },
});
