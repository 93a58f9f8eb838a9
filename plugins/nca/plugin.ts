import { betaProperty, pairPlugin } from '../shared/pair-plugin.js';
import { ncaLoss } from './loss.js';

/** Noise contrastive alignment on pairs (loss.ts). */
export default pairPlugin({
  name: 'nca',
  summary: 'Noise contrastive alignment on pairs',
  paper: { url: 'https://arxiv.org/abs/2402.05369', equations: ['NCA, K = 2'] },
  properties: {
    beta: betaProperty(),
  },
  loss: (x, { beta }) => ncaLoss(x, beta),
  lossAtStart: () => 2 * Math.LN2,
  checks: {
    golden: [{ name: 'nca_pair', params: {} }],
  },
});
