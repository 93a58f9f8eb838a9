import { number } from '../../harness/index.js';
import { betaProperty, pairPlugin } from '../shared/pair-plugin.js';
import { exoLoss } from './loss.js';

/** Efficient exact optimisation: reverse KL to the smoothed label (loss.ts). */
export default pairPlugin({
  name: 'exo',
  summary: 'Efficient exact optimisation: reverse KL to the smoothed label',
  paper: { url: 'https://arxiv.org/abs/2402.00856', equations: ['16'] },
  properties: {
    beta: betaProperty(),
    labelSmoothing: number({
      above: 0,
      below: 0.5,
      default: 0.001,
      description: 'ε: assumed probability that a label is flipped',
    }),
  },
  loss: (x, { beta, labelSmoothing }) => exoLoss(x, beta, labelSmoothing),
  lossAtStart: ({ labelSmoothing: e }) => 0.5 * (Math.log(0.5 / (1 - e)) + Math.log(0.5 / e)),
  checks: {
    golden: [{ name: 'exo_pair', params: { labelSmoothing: 0.1 } }],
  },
});
