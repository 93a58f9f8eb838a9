import { betaProperty, pairPlugin } from '../shared/pair-plugin.js';
import { hingeLoss } from './loss.js';

/** Sequence likelihood calibration: hinge loss on implicit rewards (loss.ts). */
export default pairPlugin({
  name: 'hinge',
  summary: 'Sequence likelihood calibration: hinge loss on implicit rewards',
  paper: { url: 'https://arxiv.org/abs/2305.10425', equations: ['the calibration loss'] },
  properties: {
    beta: betaProperty(),
  },
  loss: (x, { beta }) => hingeLoss(x, beta),
  lossAtStart: () => 1,
  checks: {
    golden: [{ name: 'hinge', params: {} }],
  },
});
