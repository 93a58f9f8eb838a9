import { betaProperty, type PairParams, pairPlugin } from '../shared/pair-plugin.js';
import { discopopLoss } from './loss.js';

export interface DiscopopParams extends PairParams {
  readonly modulation: number;
}

/** Discovered preference optimisation: log-ratio modulated loss (loss.ts). */
export default pairPlugin<DiscopopParams>({
  name: 'discopop',
  summary: 'Discovered preference optimisation: log-ratio modulated loss',
  paper: { url: 'https://arxiv.org/abs/2406.08414', equations: ['LRML'] },
  golden: [{ lossType: 'discopop', params: {} }],
  properties: {
    beta: betaProperty(),
    modulation: { type: 'number', exclusiveMinimum: 0, default: 0.05, description: 'τ: how sharply the exponential part takes over' },
  },
  loss: (x, { beta, modulation }) => discopopLoss(x, beta, modulation),
  lossAtStart: () => 0.5 * Math.LN2 + 0.5,
});
