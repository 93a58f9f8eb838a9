import { number } from '../../harness/index.js';
import { betaProperty, converging, pairPlugin } from '../shared/pair-plugin.js';
import { dpoLoss } from './loss.js';

/** Direct Preference Optimization (loss.ts). */
export default pairPlugin({
  name: 'dpo',
  summary: 'Direct Preference Optimization: logistic loss on implicit rewards',
  paper: { url: 'https://arxiv.org/abs/2305.18290', equations: ['7'] },
  properties: {
    beta: betaProperty('β: temperature of the implicit reward, weight of the KL to the reference'),
    labelSmoothing: number({
      min: 0,
      below: 0.5,
      default: 0,
      description: 'ε: assumed probability that a label is flipped (conservative DPO)',
    }),
  },
  loss: (x, { beta, labelSmoothing }) => dpoLoss(x, beta, labelSmoothing),
  lossAtStart: () => Math.LN2,
  checks: {
    golden: [{ name: 'sigmoid', params: {} }],
    twoArms: { params: { ...converging, beta: 0.5 }, gap: Math.log(4) / 0.5 },
  },
});
