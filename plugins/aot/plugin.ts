import { betaProperty, type PairParams, pairPlugin } from '../shared/pair-plugin.js';
import { aotLoss } from './loss.js';

export interface AotParams extends PairParams {
  readonly labelSmoothing: number;
  readonly pairing: 'paired' | 'unpaired';
}

/** Alignment via optimal transport: the distribution of margins, not each one (loss.ts). */
export default pairPlugin<AotParams>({
  name: 'aot',
  summary: 'Alignment via optimal transport: the distribution of margins, not each one',
  paper: { url: 'https://arxiv.org/abs/2406.05882', equations: ['paired', 'unpaired'] },
  golden: [{ lossType: 'aot', params: {} }, { lossType: 'aot_unpaired', params: { pairing: 'unpaired' } }],
  properties: {
    beta: betaProperty(),
    labelSmoothing: { type: 'number', minimum: 0, exclusiveMaximum: 0.5, default: 0, description: 'ε: assumed probability that a label is flipped' },
    pairing: { type: 'string', enum: ['paired', 'unpaired'], default: 'paired', description: "What is sorted: margins under policy and reference, or chosen and rejected log-ratios" },
  },
  loss: (x, { beta, labelSmoothing, pairing }) => aotLoss(x, beta, labelSmoothing, pairing),
  lossAtStart: () => Math.LN2,
});
