import { definePlugin, ops } from '../../harness/index.js';
import { optimizerOptions } from '../shared/optimizer.js';
import { rewardMetrics } from '../shared/pairs.js';
import { converging } from '../shared/pair-plugin.js';
import { tokenCounter } from '../shared/tokens.js';
import { clampDiagnosis } from './clamp-diagnosis.js';
import { heldOutPairs, watchHeldOut } from './early-stopping.js';
import { btLoss } from './loss.js';
import { normalise } from './normalise.js';
import { btParams } from './params.js';

/** A regularised Bradley-Terry reward model (loss.ts), stopped early and normalised. */
export default definePlugin({
  api: 2,
  name: 'bt-reward',
  summary: 'Bradley-Terry reward model with penalty, clamp, centering and early stopping',
  paper: { url: 'https://arxiv.org/abs/2305.18290', equations: ['2'] },
  needs: ['pairs', 'prompts'],
  gives: 'reward',
  params: btParams,
  checks: {
    invariants: [{ kind: 'pair-order' }],
    twoArms: { params: { ...converging, heldOut: 0, patience: null }, gap: Math.log(4) },
  },

  async *train(ctx, params) {
    if (params.epochs === 0) return ctx.summarise(await normalise(ctx, params));
    const heldOut = await heldOutPairs(ctx, params);
    const pairs = ctx.pairs({ batchSize: params.batchSize, epochs: params.epochs });
    const { totalSteps } = pairs;
    const perEpoch = Math.round(totalSteps / params.epochs);
    const nPairs = perEpoch * params.batchSize; // full batches only
    const penalty = params.penaltyScale === 'per-pair' ? params.penalty : params.penalty / nPairs;
    const trainer = ctx.trainer({
      modules: { reward: ctx.rewardModel },
      optimizer: optimizerOptions(params, totalSteps),
      feeds: { tokens: 'tokens', margins: 'tensor' },
      loss: ({ reward }, { tokens, margins }) => {
        const [chosen, rejected] = ops.halves(ops.mul(reward.scores(tokens), params.headScale)); // [B], [B]
        const losses = btLoss(chosen, rejected, margins, { ...params, penalty }); //                [B]
        return { loss: ops.mean(losses), metrics: rewardMetrics(chosen, rejected) };
      },
    });
    const countTokens = tokenCounter(ctx);
    const diagnosis = await clampDiagnosis(ctx, params);
    const watch = watchHeldOut(ctx, heldOut, params, { perEpoch, totalSteps });

    for await (const batch of pairs) {
      if (watch.stopped()) break;
      const metrics = await trainer.step({ tokens: batch.tokens, margins: batch.margins });
      const measured = await watch.after(batch.index + 1);
      yield { metrics: { ...metrics, ...measured, num_tokens: countTokens(batch.tokens) } };
    }

    ctx.summarise(await watch.finish());
    ctx.summarise(await diagnosis());
    ctx.summarise(await normalise(ctx, params));
  },
});
