import { type PairBatch, type RunContext, TiltyardError } from '../../harness/index.js';
import { type HeldOutScore, heldOutScore } from './calibration.js';
import type { BtParams } from './params.js';

/** Saved with every checkpoint. */
interface Progress {
  bestLoss: number | null;
  /** Measurements since the best one. */
  misses: number;
  stopped: boolean;
  /** First and latest size of the held-out differences, for their growth. */
  first: Size | null;
  last: Size | null;
}

interface Size {
  readonly epochs: number;
  readonly differenceMean: number;
}

/** How long training takes: steps of one pass over the pairs, and of all. */
export interface Length {
  readonly perEpoch: number;
  readonly totalSteps: number;
}

/** Watches the held-out pairs while a reward model trains. */
export interface Watch {
  /** Whether patience has run out. */
  stopped(): boolean;
  /**
   * To be called after each step, 1-based: measures where it is time, and keeps the weights where they are
   * the best so far.
   * @returns what was measured, `eval/...`; nothing in between
   */
  after(step: number): Promise<Record<string, number>>;
  /**
   * Brings the best weights back.
   * @returns their measurement, `heldout/...`; nothing without held-out pairs
   */
  finish(): Promise<Record<string, number>>;
}

type Options = Pick<BtParams, 'evaluateEvery' | 'headScale' | 'patience'>;

/**
 * The pairs that are kept out of training.
 * @throws TiltyardError where early stopping has none to look at
 */
export async function heldOutPairs(
  ctx: RunContext,
  { heldOut, patience }: Pick<BtParams, 'heldOut' | 'patience'>,
): Promise<readonly PairBatch[]> {
  const pairs = await ctx.holdOutPairs(heldOut);
  if (pairs.length > 0 || patience === null) return pairs;
  const problem = `bt-reward: patience ${patience} needs held-out pairs, but heldOut ${heldOut} keeps none`;
  throw new TiltyardError('no-held-out-pairs', `${problem}; raise heldOut, or set patience to null`);
}

/**
 * Early stopping: after `patience` measurements without a lower held-out loss, the best weights win. A run
 * has at least twice as many measurements as patience needs, however short it is.
 */
export function watchHeldOut(
  ctx: RunContext,
  heldOut: readonly PairBatch[],
  { evaluateEvery, headScale, patience }: Options,
  { perEpoch, totalSteps }: Length,
): Watch {
  const progress = ctx.state<Progress>('early-stopping', {
    bestLoss: null,
    misses: 0,
    stopped: false,
    first: null,
    last: null,
  });

  // On few pairs a run is over before patience could run out, and would be kept as far as it memorised.
  const often = patience === null ? evaluateEvery : Math.max(1, Math.floor(totalSteps / (2 * patience)));
  const every = Math.min(evaluateEvery, often);

  const decide = async (loss: number): Promise<void> => {
    if (patience === null) return;
    if (progress.bestLoss === null || loss < progress.bestLoss) {
      Object.assign(progress, { bestLoss: loss, misses: 0 });
      await ctx.keepBest(ctx.rewardModel);
    } else if (++progress.misses >= patience) progress.stopped = true;
  };

  return {
    stopped: () => progress.stopped,

    async after(step) {
      if (heldOut.length === 0 || (step % every !== 0 && step !== totalSteps)) return {};
      const score = await measure(ctx, heldOut, headScale);
      progress.last = { epochs: step / perEpoch, differenceMean: score.differenceMean };
      progress.first ??= progress.last;
      await decide(score.loss);
      return named('eval', score);
    },

    async finish() {
      if (patience !== null) await ctx.restoreBest(ctx.rewardModel);
      if (heldOut.length === 0) return {};
      return {
        ...named('heldout', await measure(ctx, heldOut, headScale)),
        'heldout/pairs': heldOut.reduce((n, b) => n + b.size, 0),
        ...growth(progress),
        stopped_early: progress.stopped ? 1 : 0,
      };
    },
  };
}

/** How fast differences still grew when training stopped: reward units per epoch. */
function growth({ first, last }: Progress): Record<string, number> {
  if (first === null || last === null || last.epochs <= first.epochs) return {};
  const grown = last.differenceMean - first.differenceMean;
  return { 'heldout/difference_growth': grown / (last.epochs - first.epochs) };
}

async function measure(
  ctx: RunContext,
  heldOut: readonly PairBatch[],
  headScale: number,
): Promise<HeldOutScore> {
  const differences: number[] = [];
  for (const { tokens, size } of heldOut) {
    const scores = await ctx.rewardModel.scores(tokens); // [2B]
    for (let b = 0; b < size; b++) differences.push(headScale * (scores[b]! - scores[size + b]!));
  }
  return heldOutScore(
    differences,
    heldOut.flatMap((b) => [...b.margins.data]),
  );
}

const named = (prefix: string, score: HeldOutScore): Record<string, number> => ({
  [`${prefix}/loss`]: score.loss,
  [`${prefix}/accuracy`]: score.accuracy,
  [`${prefix}/calibration_error`]: score.calibrationError,
  [`${prefix}/difference_mean`]: score.differenceMean,
  [`${prefix}/difference_max`]: score.differenceMax,
});
