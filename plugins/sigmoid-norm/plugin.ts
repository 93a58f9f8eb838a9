import { betaProperty, pairPlugin } from '../shared/pair-plugin.js';
import { sigmoidNormLoss } from './loss.js';

/** DPO on length-averaged log-ratios (loss.ts). */
export default pairPlugin({
  name: 'sigmoid-norm',
  summary: 'DPO on length-averaged log-ratios',
  paper: { url: 'https://arxiv.org/abs/2411.15124', equations: ['length-normalised DPO'] },
  properties: {
    beta: betaProperty(),
  },
  loss: (x, { beta }) => sigmoidNormLoss(x, beta),
  lossAtStart: () => Math.LN2,
  checks: {
    golden: [{ name: 'sigmoid_norm', params: {} }],
  },
});
