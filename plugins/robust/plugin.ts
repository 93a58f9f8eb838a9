import { number } from '../../harness/index.js';
import { betaProperty, pairPlugin } from '../shared/pair-plugin.js';
import { robustLoss } from './loss.js';

/** Robust DPO: unbiased under flipped labels (loss.ts). */
export default pairPlugin({
  name: 'robust',
  summary: 'Robust DPO: unbiased under flipped labels',
  paper: { url: 'https://arxiv.org/abs/2403.00409', equations: ['the rDPO loss'] },
  properties: {
    beta: betaProperty(),
    labelSmoothing: number({
      min: 0,
      below: 0.5,
      default: 0.1,
      description: 'ε: assumed probability that a label is flipped',
    }),
  },
  loss: (x, { beta, labelSmoothing }) => robustLoss(x, beta, labelSmoothing),
  lossAtStart: () => Math.LN2,
  checks: {
    golden: [{ name: 'robust', params: { labelSmoothing: 0.1 } }],
  },
});
