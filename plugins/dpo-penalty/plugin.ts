import { number } from '../../harness/index.js';
import { betaProperty, converging, pairPlugin } from '../shared/pair-plugin.js';
import { dpoPenaltyLoss } from './loss.js';

/** DPO with the squared penalty of a regularised reward model (loss.ts). */
export default pairPlugin({
  name: 'dpo-penalty',
  summary: 'DPO with a squared penalty on implicit reward differences',
  paper: { url: 'https://arxiv.org/abs/2305.18290', equations: ['7'] },
  properties: {
    beta: betaProperty('β: temperature of the implicit reward, weight of the KL to the reference'),
    penalty: number({
      min: 0,
      default: 0.01,
      description: 'λ: weight of the squared difference of implicit rewards, on every pair',
    }),
  },
  loss: (x, { beta, penalty }) => dpoPenaltyLoss(x, beta, penalty),
  lossAtStart: () => Math.LN2,
  checks: {
    // p − σ(d) = 2 λ d at p = .8, λ = .01: d = 1.238.
    twoArms: { params: { ...converging, beta: 0.5, penalty: 0.01 }, gap: 1.2382 / 0.5 },
  },
});
