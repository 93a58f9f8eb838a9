import { definePlugin, integer, oneOf, ops, parameters } from '../../harness/index.js';
import { optimizerOptions, optimizerProperties } from '../shared/optimizer.js';
import { tokenCounter } from '../shared/tokens.js';
import { sequenceMeanLoss, tokenMeanLoss } from './loss.js';

/** Supervised fine-tuning on completions (loss.ts). */
export default definePlugin({
  api: 2,
  name: 'sft',
  summary: 'Supervised fine-tuning: maximum likelihood of completions',
  paper: { url: 'https://arxiv.org/abs/2009.01325', equations: ['section 3.3'] },
  needs: ['completions'],
  gives: 'policy',
  params: parameters({
    average: oneOf(['token', 'sequence'], {
      default: 'token',
      description: 'Whether every token or every completion weighs the same',
    }),
    batchSize: integer({ min: 1, default: 32, description: 'Completions per step' }),
    epochs: integer({ min: 0, default: 3, description: 'Passes over the completions' }),
    ...optimizerProperties(1e-3),
  }),
  checks: {
    golden: [{ name: 'sft', params: { average: 'token' } }],
  },

  async *train(ctx, params) {
    const completions = ctx.completions({ batchSize: params.batchSize, epochs: params.epochs });
    const lossOf = { token: tokenMeanLoss, sequence: sequenceMeanLoss }[params.average];
    const trainer = ctx.trainer({
      modules: { policy: ctx.policy },
      optimizer: optimizerOptions(params, completions.totalSteps),
      feeds: { tokens: 'tokens' },
      loss: ({ policy }, { tokens }) => ({ loss: ops.mean(lossOf(policy.tokenLogps(tokens), tokens.mask)) }),
    });
    const countTokens = tokenCounter(ctx);
    for await (const batch of completions) {
      const metrics = await trainer.step({ tokens: batch.tokens });
      yield { metrics: { ...metrics, num_tokens: countTokens(batch.tokens) } };
    }
  },
});
