import { betaProperty, type PairParams, pairPlugin } from '../shared/pair-plugin.js';
import { apoLoss } from './loss.js';

export interface ApoParams extends PairParams {
  readonly anchor: 'zero' | 'down';
}

/** Anchored preference optimisation (loss.ts). */
export default pairPlugin<ApoParams>({
  name: 'apo',
  summary: 'Anchored preference optimisation',
  paper: { url: 'https://arxiv.org/abs/2408.06266', equations: ['APO-zero', 'APO-down'] },
  golden: [{ lossType: 'apo_zero', params: {} }, { lossType: 'apo_down', params: { anchor: 'down' } }],
  properties: {
    beta: betaProperty(),
    anchor: { type: 'string', enum: ['zero', 'down'], default: 'zero', description: "'zero': chosen up, rejected down; 'down': both may fall, chosen less (where the policy is already better than the chosen)" },
  },
  loss: (x, { beta, anchor }) => apoLoss(x, beta, anchor),
  lossAtStart: () => 1,
});
