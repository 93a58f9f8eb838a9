import {
  type CheckpointDefault,
  integer,
  number,
  type OptimizerOptions,
  oneOf,
  type ParamsOf,
} from '../../harness/index.js';

/**
 * Learning rates at which models that were trained before go on: by size, the orders of magnitude that are
 * published for them. From 100 million parameters on 1e-5 (reward models of InstructGPT: 9e-6, Ouyang et al.
 * 2022, https://arxiv.org/abs/2203.02155, appendix C; TRL's own for models of .5 billion: 1e-5); smaller ones
 * take larger steps.
 */
const FINE_TUNING: readonly CheckpointDefault[] = [
  { below: 1e7, value: 1e-4 },
  { below: 1e8, value: 5e-5 },
  { below: null, value: 1e-5 },
];

/**
 * The optimiser's share of a plugin's parameters, the same words and meaning in every plugin, with this
 * plugin's default rate: for models from scratch, and for checkpoints no more than is usual for their size.
 */
export const optimizerProperties = (learningRate: number) => ({
  learningRate: number({
    above: 0,
    default: learningRate,
    role: { kind: 'learning-rate' },
    checkpointDefaults: FINE_TUNING.map(({ below, value }) => ({
      below,
      value: Math.min(value, learningRate),
    })),
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
