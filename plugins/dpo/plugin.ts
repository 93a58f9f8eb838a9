import { betaProperty, converging, type PairParams, pairPlugin } from '../shared/pair-plugin.js';
import { dpoLoss } from './loss.js';

export interface DpoParams extends PairParams {
  readonly labelSmoothing: number;
}

/** Direct Preference Optimization (loss.ts). */
export default pairPlugin<DpoParams>({
  name: 'dpo',
  summary: 'Direct Preference Optimization: logistic loss on implicit rewards',
  paper: { url: 'https://arxiv.org/abs/2305.18290', equations: ['7'] },
  golden: [{ lossType: 'sigmoid', params: {} }],
  properties: {
    beta: betaProperty('β: temperature of the implicit reward, weight of the KL to the reference'),
    labelSmoothing: { type: 'number', minimum: 0, exclusiveMaximum: 0.5, default: 0, description: 'ε: assumed probability that a label is flipped (conservative DPO)' },
  },
  loss: (x, { beta, labelSmoothing }) => dpoLoss(x, beta, labelSmoothing),
  twoArms: { params: { ...converging, beta: 0.5 }, gap: Math.log(4) / 0.5 },
  lossAtStart: () => Math.LN2,
});
