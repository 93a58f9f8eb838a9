import { definePlugin, type HostTensor, ops, type PairBatch, type RunContext, type TokenBatch, TiltyardError } from '../../harness/index.js';
import { type OptimizerParams, optimizerOptions, optimizerProperties } from '../shared/optimizer.js';
import { rewardMetrics } from '../shared/pairs.js';
import { tokenCounter } from '../shared/tokens.js';
import { type HeldOutScore, heldOutScore } from './calibration.js';
import { btLoss } from './loss.js';
import { misranked } from './misranked.js';
import { normalise } from './normalise.js';

export interface BtParams extends OptimizerParams {
  readonly penalty: number;
  readonly penaltyScale: 'per-pair' | 'per-dataset';
  readonly clampDifference: number | null;
  readonly centering: number;
  readonly batchSize: number;
  readonly epochs: number;
  readonly heldOut: number;
  readonly evaluateEvery: number;
  readonly patience: number | null;
  readonly normalisationSamples: number;
  readonly scale: number;
  readonly headScale: number;
}

/** A regularised Bradley-Terry reward model (loss.ts), stopped early on held-out pairs and normalised on reference samples. */
export default definePlugin<BtParams>({
  api: 1,
  name: 'bt-reward',
  summary: 'Bradley-Terry reward model with penalty, clamp, centering and early stopping',
  paper: { url: 'https://arxiv.org/abs/2305.18290', equations: ['2'] },
  needs: ['pairs', 'prompts'],
  gives: 'reward',
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      penalty: { type: 'number', minimum: 0, default: 0, description: 'λ: weight of the squared reward difference' },
      penaltyScale: { type: 'string', enum: ['per-pair', 'per-dataset'], default: 'per-pair', description: "'per-pair': λ d² on every pair; 'per-dataset': λ/N, a Gaussian prior that fades with N pairs" },
      clampDifference: { type: 'number', nullable: true, exclusiveMinimum: 0, default: null, description: 'c: differences are clamped to [-c, c] before the loss; null: no clamp' },
      centering: { type: 'number', minimum: 0, default: 0, description: 'Weight of (R_w + R_l)², which pins the free shift of the rewards' },
      batchSize: { type: 'integer', minimum: 1, default: 16, description: 'Pairs per step' },
      epochs: { type: 'integer', minimum: 1, default: 2, description: 'Passes over the pairs at most' },
      heldOut: { type: 'number', minimum: 0, maximum: 0.5, default: 0.1, description: 'Share of the pairs kept out of training to measure and to stop on' },
      evaluateEvery: { type: 'integer', minimum: 1, default: 20, description: 'Steps between measurements on the held-out pairs' },
      patience: { type: 'integer', nullable: true, minimum: 1, default: 4, description: 'Stop after this many measurements without a better held-out loss and keep the best weights; null: train to the end and keep the last' },
      normalisationSamples: { type: 'integer', minimum: 2, default: 256, description: 'Reference samples on which rewards get mean 0 and standard deviation `scale`' },
      scale: { type: 'number', exclusiveMinimum: 0, default: 1, description: 'Standard deviation of the rewards on reference samples: how much they weigh against a KL coefficient' },
      headScale: { type: 'number', exclusiveMinimum: 0, default: 1, description: 'Reward units per unit of the scalar head: how far apart the rewards of a fresh model are' },
      ...optimizerProperties(1e-3),
    },
  },

  invariants: [{ kind: 'pair-order' }],
  twoArms: { params: { batchSize: 10, epochs: 600, learningRate: 0.05, schedule: 'cosine', maxGradNorm: null, heldOut: 0, patience: null }, gap: Math.log(4) },

  async *train(ctx, params) {
    const heldOut = await ctx.holdOutPairs(params.heldOut);
    if (heldOut.length === 0 && params.patience !== null) {
      throw new TiltyardError('no-held-out-pairs', `bt-reward: patience ${params.patience} needs held-out pairs, but heldOut ${params.heldOut} keeps none; raise heldOut, or set patience to null`);
    }
    const pairs = ctx.pairs({ batchSize: params.batchSize, epochs: params.epochs });
    const perEpoch = Math.round(pairs.totalSteps / params.epochs);
    const penalty = params.penaltyScale === 'per-pair' ? params.penalty : params.penalty / (perEpoch * params.batchSize); // N: full batches only
    const trainer = ctx.trainer<{ tokens: TokenBatch; margins: HostTensor }, 'reward'>({
      modules: { reward: ctx.rewardModel },
      optimizer: optimizerOptions(params, pairs.totalSteps),
      loss: ({ reward }, { tokens, margins }) => {
        const [chosen, rejected] = ops.halves(ops.mul(reward.scores(tokens), params.headScale)); // [B], [B]
        return { loss: ops.mean(btLoss(chosen, rejected, margins, { ...params, penalty })), metrics: rewardMetrics(chosen, rejected) };
      },
    });
    const countTokens = tokenCounter(ctx);
    const stuck = params.clampDifference === null ? null : await misranked(ctx, params.batchSize, params.clampDifference / params.headScale);
    const progress = ctx.state<Progress>('early-stopping', { bestLoss: null, misses: 0, stopped: false, first: null, last: null });

    for await (const batch of pairs) {
      if (progress.stopped) break;
      const metrics = await trainer.step({ tokens: batch.tokens, margins: batch.margins });
      const step = batch.index + 1;
      let measured = {};
      if (heldOut.length > 0 && (step % params.evaluateEvery === 0 || step === pairs.totalSteps)) {
        const score = await measure(ctx, heldOut, params.headScale);
        measured = named('eval', score);
        progress.last = { epochs: step / perEpoch, differenceMean: score.differenceMean };
        progress.first ??= progress.last;
        if (params.patience !== null) await watch(ctx, progress, score.loss, params.patience);
      }
      yield { metrics: { ...metrics, ...measured, num_tokens: countTokens(batch.tokens) } };
    }

    if (params.patience !== null) await ctx.restoreBest(ctx.rewardModel);
    if (heldOut.length > 0) {
      const { first, last } = progress;
      const grown = first !== null && last !== null && last.epochs > first.epochs;
      ctx.summarise({
        ...named('heldout', await measure(ctx, heldOut, params.headScale)),
        'heldout/pairs': heldOut.reduce((n, b) => n + b.size, 0),
        // Least that says whether differences were still growing when training stopped: reward units per epoch.
        ...(grown ? { 'heldout/difference_growth': (last.differenceMean - first.differenceMean) / (last.epochs - first.epochs) } : {}),
        stopped_early: progress.stopped ? 1 : 0,
      });
    }
    if (stuck !== null) ctx.summarise(await stuck());
    ctx.summarise(await normalise(ctx, params));
  },
});

/** Saved with every checkpoint. */
interface Progress {
  bestLoss: number | null;
  misses: number;
  stopped: boolean;
  /** First and latest size of the held-out differences, for their growth. */
  first: { epochs: number; differenceMean: number } | null;
  last: { epochs: number; differenceMean: number } | null;
}

/** Early stopping: keeps the weights with the least held-out loss. */
async function watch(ctx: RunContext, progress: Progress, loss: number, patience: number): Promise<void> {
  if (progress.bestLoss === null || loss < progress.bestLoss) {
    Object.assign(progress, { bestLoss: loss, misses: 0 });
    await ctx.keepBest(ctx.rewardModel);
  } else if (++progress.misses >= patience) progress.stopped = true;
}

async function measure(ctx: RunContext, heldOut: readonly PairBatch[], headScale: number): Promise<HeldOutScore> {
  const differences: number[] = [];
  for (const { tokens, size } of heldOut) {
    const scores = await ctx.rewardModel.scores(tokens); // [2B]
    for (let b = 0; b < size; b++) differences.push(headScale * (scores[b]! - scores[size + b]!));
  }
  return heldOutScore(differences, heldOut.flatMap((b) => [...b.margins.data]));
}

const named = (prefix: string, score: HeldOutScore): Record<string, number> => ({
  [`${prefix}/loss`]: score.loss,
  [`${prefix}/accuracy`]: score.accuracy,
  [`${prefix}/calibration_error`]: score.calibrationError,
  [`${prefix}/difference_mean`]: score.differenceMean,
  [`${prefix}/difference_max`]: score.differenceMax,
});
