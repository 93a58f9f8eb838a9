import { oneOf } from '../../harness/index.js';
import { betaProperty, pairPlugin } from '../shared/pair-plugin.js';
import { apoLoss } from './loss.js';

/** Anchored preference optimisation (loss.ts). */
export default pairPlugin({
  name: 'apo',
  summary: 'Anchored preference optimisation',
  paper: { url: 'https://arxiv.org/abs/2408.06266', equations: ['APO-zero', 'APO-down'] },
  properties: {
    beta: betaProperty(),
    anchor: oneOf(['zero', 'down'], {
      default: 'zero',
      description:
        "'zero': chosen up, rejected down; 'down': both may fall, chosen less " +
        '(where the policy is already better than the chosen)',
    }),
  },
  loss: (x, { beta, anchor }) => apoLoss(x, beta, anchor),
  lossAtStart: () => 1,
  checks: {
    golden: [
      { name: 'apo_zero', params: {} },
      { name: 'apo_down', params: { anchor: 'down' } },
    ],
  },
});
