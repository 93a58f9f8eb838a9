import { definePlugin, ops, type TokenBatch } from '../../harness/index.js';
import { type OptimizerParams, optimizerOptions, optimizerProperties } from '../shared/optimizer.js';
import { tokenCounter } from '../shared/tokens.js';
import { sequenceMeanLoss, tokenMeanLoss } from './loss.js';

export interface SftParams extends OptimizerParams {
  readonly average: 'token' | 'sequence';
  readonly batchSize: number;
  readonly epochs: number;
}

/** Supervised fine-tuning on completions (loss.ts). */
export default definePlugin<SftParams>({
  api: 1,
  name: 'sft',
  summary: 'Supervised fine-tuning: maximum likelihood of completions',
  paper: { url: 'https://arxiv.org/abs/2009.01325', equations: ['section 3.3'] },
  golden: [{ lossType: 'sft', params: { average: 'token' } }],
  needs: ['completions'],
  gives: 'policy',
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      average: { type: 'string', enum: ['token', 'sequence'], default: 'token', description: 'Whether every token or every completion weighs the same' },
      batchSize: { type: 'integer', minimum: 1, default: 32, description: 'Completions per step' },
      epochs: { type: 'integer', minimum: 0, default: 3, description: 'Passes over the completions' },
      ...optimizerProperties(1e-3),
    },
  },

  async *train(ctx, params) {
    const completions = ctx.completions({ batchSize: params.batchSize, epochs: params.epochs });
    const lossOf = { token: tokenMeanLoss, sequence: sequenceMeanLoss }[params.average];
    const trainer = ctx.trainer<{ tokens: TokenBatch }, 'policy'>({
      modules: { policy: ctx.policy },
      optimizer: optimizerOptions(params, completions.totalSteps),
      loss: ({ policy }, { tokens }) => ({ loss: ops.mean(lossOf(policy.tokenLogps(tokens), tokens.mask)) }),
    });
    const countTokens = tokenCounter(ctx);
    for await (const batch of completions) {
      const metrics = await trainer.step({ tokens: batch.tokens });
      yield { metrics: { ...metrics, num_tokens: countTokens(batch.tokens) } };
    }
  },
});
