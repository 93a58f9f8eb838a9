import { definePlugin, ops } from '../../harness/index.js';
import { type OptimizerParams, optimizerOptions, optimizerProperties } from '../shared/optimizer.js';
import { type PairFeeds, pairMetrics, splitPairs } from '../shared/pairs.js';
import { tokenCounter } from '../shared/tokens.js';
import { dpoLoss } from './loss.js';

export interface DpoParams extends OptimizerParams {
  readonly beta: number;
  readonly labelSmoothing: number;
  readonly batchSize: number;
  readonly epochs: number;
}

/** Direct Preference Optimization (loss.ts). */
export default definePlugin<DpoParams>({
  api: 1,
  name: 'dpo',
  summary: 'Direct Preference Optimization: logistic loss on implicit rewards',
  paper: { url: 'https://arxiv.org/abs/2305.18290', equations: ['7'] },
  needs: ['pairs', 'reference'],
  gives: 'policy',
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      beta: { type: 'number', exclusiveMinimum: 0, default: 0.1, description: 'β: temperature of the implicit reward, weight of the KL to the reference' },
      labelSmoothing: { type: 'number', minimum: 0, exclusiveMaximum: 0.5, default: 0, description: 'ε: assumed probability that a label is flipped (conservative DPO)' },
      batchSize: { type: 'integer', minimum: 1, default: 16, description: 'Pairs per step' },
      epochs: { type: 'integer', minimum: 1, default: 2, description: 'Passes over the pairs' },
      ...optimizerProperties(3e-4),
    },
  },

  async *train(ctx, params) {
    const pairs = ctx.pairs({ batchSize: params.batchSize, epochs: params.epochs });
    const trainer = ctx.trainer<PairFeeds, 'policy'>({
      modules: { policy: ctx.policy },
      optimizer: optimizerOptions(params, pairs.totalSteps),
      loss: ({ policy }, { tokens, refLogps }) => {
        const logps = ops.sum(policy.tokenLogps(tokens), 1); // [2B]
        const x = splitPairs(logps, refLogps); //               [B] each
        return {
          loss: ops.mean(dpoLoss(x, params.beta, params.labelSmoothing)),
          metrics: pairMetrics(x, params.beta),
        };
      },
    });
    const countTokens = tokenCounter(ctx);
    for await (const batch of pairs) {
      const metrics = await trainer.step({ tokens: batch.tokens, refLogps: batch.refLogps });
      yield { metrics: { ...metrics, num_tokens: countTokens(batch.tokens) } };
    }
  },
});
