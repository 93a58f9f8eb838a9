import { definePlugin, ops } from '../../harness/index.js';
import { type OptimizerParams, optimizerOptions, optimizerProperties } from '../shared/optimizer.js';
import { type PairFeeds, pairMetrics, splitPairs } from '../shared/pairs.js';
import { tokenCounter } from '../shared/tokens.js';
import { ipoLoss } from './loss.js';

export interface IpoParams extends OptimizerParams {
  readonly beta: number;
  readonly logps: 'sum' | 'mean';
  readonly batchSize: number;
  readonly epochs: number;
}

/** Identity Preference Optimization (loss.ts). */
export default definePlugin<IpoParams>({
  api: 1,
  name: 'ipo',
  summary: 'Identity Preference Optimization: squared loss towards a fixed log-ratio gap',
  paper: { url: 'https://arxiv.org/abs/2310.12036', equations: ['17'] },
  needs: ['pairs', 'reference'],
  gives: 'policy',
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      beta: { type: 'number', exclusiveMinimum: 0, default: 0.1, description: "τ of the paper: the log-ratio gap is drawn to 1/(2τ)" },
      logps: { type: 'string', enum: ['sum', 'mean'], default: 'sum', description: "Completion log-probabilities: 'sum' as in the paper, or 'mean' over tokens as in TRL's DPOTrainer" },
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
        const sums = ops.sum(policy.tokenLogps(tokens), 1); // [2B]
        const lengths = ops.sum(tokens.mask, 1); //            [2B]
        const x = params.logps === 'sum' ? splitPairs(sums, refLogps) : splitPairs(ops.div(sums, lengths), ops.div(refLogps, lengths));
        return {
          loss: ops.mean(ipoLoss(x, params.beta)),
          // Rewards and log-probabilities are logged as sums whichever the loss uses, so that curves are comparable.
          metrics: pairMetrics(splitPairs(sums, refLogps), params.beta),
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
