import { integer, number, type OptimizerOptions, oneOf, type ParamsOf } from '../../harness/index.js';

/**
 * The optimiser's share of a plugin's parameters, the same words and meaning in every plugin, with this
 * plugin's default rate.
 */
export const optimizerProperties = (learningRate: number) => ({
  learningRate: number({
    above: 0,
    default: learningRate,
    role: { kind: 'learning-rate' },
    description: 'AdamW learning rate (betas .9/.999, epsilon 1e-8)',
  }),
  schedule: oneOf(['constant', 'linear', 'cosine'], {
    default: 'linear',
    description: 'Learning rate after warm-up; linear and cosine decay to 0',
  }),
  warmupSteps: integer({ min: 0, default: 0, description: 'Optimiser steps of linear warm-up' }),
  weightDecay: number({ min: 0, default: 0, description: 'Decoupled weight decay, matrices only' }),
  maxGradNorm: number({
    nullable: true,
    above: 0,
    default: 1,
    description: 'Clip the global gradient norm to this; null: no clipping',
  }),
});

/** The values of `optimizerProperties`. */
export type OptimizerParams = ParamsOf<ReturnType<typeof optimizerProperties>>;

/**
 * What `ctx.trainer` wants as its optimizer.
 * @param totalSteps optimiser steps of the whole run, for the decay
 */
export const optimizerOptions = (params: OptimizerParams, totalSteps: number): OptimizerOptions => ({
  learningRate: params.learningRate,
  schedule: params.schedule,
  warmupSteps: params.warmupSteps,
  totalSteps,
  weightDecay: params.weightDecay,
  maxGradNorm: params.maxGradNorm ?? Number.POSITIVE_INFINITY,
});
