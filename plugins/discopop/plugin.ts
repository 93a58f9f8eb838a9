import { number } from '../../harness/index.js';
import { betaProperty, pairPlugin } from '../shared/pair-plugin.js';
import { discopopLoss } from './loss.js';

/** Discovered preference optimisation: log-ratio modulated loss (loss.ts). */
export default pairPlugin({
  name: 'discopop',
  summary: 'Discovered preference optimisation: log-ratio modulated loss',
  paper: { url: 'https://arxiv.org/abs/2406.08414', equations: ['LRML'] },
  properties: {
    beta: betaProperty(),
    modulation: number({
      above: 0,
      default: 0.05,
      description: 'τ: how sharply the exponential part takes over',
    }),
  },
  loss: (x, { beta, modulation }) => discopopLoss(x, beta, modulation),
  lossAtStart: () => 0.5 * Math.LN2 + 0.5,
  checks: {
    golden: [{ name: 'discopop', params: {} }],
  },
});
