import { oneOf, ops } from '../../harness/index.js';
import { betaProperty, converging, pairPlugin } from '../shared/pair-plugin.js';
import type { PairExample, PairLogps } from '../shared/pairs.js';
import { ipoLoss } from './loss.js';

/** Identity Preference Optimization (loss.ts). */
export default pairPlugin({
  name: 'ipo',
  summary: 'Identity Preference Optimization: squared loss towards a fixed log-ratio gap',
  paper: { url: 'https://arxiv.org/abs/2310.12036', equations: ['17'] },
  properties: {
    beta: betaProperty('τ of the paper: the log-ratio gap is drawn to 1/(2τ)'),
    logps: oneOf(['sum', 'mean'], {
      default: 'sum',
      description:
        "Completion log-probabilities: 'sum' as in the paper, or 'mean' over tokens as in TRL's DPOTrainer",
    }),
  },
  loss: (x, { beta, logps }) => ipoLoss(logps === 'sum' ? x : perToken(x), beta),
  lossAtStart: ({ beta }) => 1 / (4 * beta ** 2),
  checks: {
    golden: [{ name: 'ipo', params: { logps: 'mean' } }],
    twoArms: { params: { ...converging, beta: 0.5 }, gap: 0.3 / 0.5 },
  },
});

/** Log-probabilities divided by completion length: nats per token. */
const perToken = (x: PairExample): PairLogps => ({
  policyChosen: ops.div(x.policyChosen, x.lengthChosen),
  policyRejected: ops.div(x.policyRejected, x.lengthRejected),
  referenceChosen: ops.div(x.referenceChosen, x.lengthChosen),
  referenceRejected: ops.div(x.referenceRejected, x.lengthRejected),
});
