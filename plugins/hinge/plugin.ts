import { betaProperty, type PairParams, pairPlugin } from '../shared/pair-plugin.js';
import { hingeLoss } from './loss.js';

/** Sequence likelihood calibration: hinge loss on implicit rewards (loss.ts). */
export default pairPlugin<PairParams>({
  name: 'hinge',
  summary: 'Sequence likelihood calibration: hinge loss on implicit rewards',
  paper: { url: 'https://arxiv.org/abs/2305.10425', equations: ['the calibration loss'] },
  golden: [{ lossType: 'hinge', params: {} }],
  properties: {
    beta: betaProperty(),
  },
  loss: (x, { beta }) => hingeLoss(x, beta),
  lossAtStart: () => 1,
});
