import { number, oneOf } from '../../harness/index.js';
import { betaProperty, pairPlugin } from '../shared/pair-plugin.js';
import { aotLoss } from './loss.js';

/** Alignment via optimal transport: the distribution of margins, not each one (loss.ts). */
export default pairPlugin({
  name: 'aot',
  summary: 'Alignment via optimal transport: the distribution of margins, not each one',
  paper: { url: 'https://arxiv.org/abs/2406.05882', equations: ['paired', 'unpaired'] },
  properties: {
    beta: betaProperty(),
    labelSmoothing: number({
      min: 0,
      below: 0.5,
      default: 0,
      description: 'ε: assumed probability that a label is flipped',
    }),
    pairing: oneOf(['paired', 'unpaired'], {
      default: 'paired',
      description: 'What is sorted: margins under policy and reference, or chosen and rejected log-ratios',
    }),
  },
  loss: (x, { beta, labelSmoothing, pairing }) => aotLoss(x, beta, labelSmoothing, pairing),
  lossAtStart: () => Math.LN2,
  couplesPairs: true,
  checks: {
    golden: [
      { name: 'aot', params: {} },
      { name: 'aot_unpaired', params: { pairing: 'unpaired' } },
    ],
  },
});
