import type { OptimizerOptions } from '../../harness/index.js';

/** The optimiser's share of a plugin's parameters: the same words and meaning in every plugin. */
export interface OptimizerParams {
  readonly learningRate: number;
  readonly schedule: 'constant' | 'linear' | 'cosine';
  readonly warmupSteps: number;
  readonly weightDecay: number;
  /** null: no clipping. */
  readonly maxGradNorm: number | null;
}

/** Schema properties for `OptimizerParams`, with this plugin's default learning rate. */
export const optimizerProperties = (learningRate: number) =>
  ({
    learningRate: { type: 'number', exclusiveMinimum: 0, default: learningRate, description: 'AdamW learning rate (betas .9/.999, epsilon 1e-8)' },
    schedule: { type: 'string', enum: ['constant', 'linear', 'cosine'], default: 'linear', description: 'Learning rate after warm-up; linear and cosine decay to 0' },
    warmupSteps: { type: 'integer', minimum: 0, default: 0, description: 'Optimiser steps of linear warm-up' },
    weightDecay: { type: 'number', minimum: 0, default: 0, description: 'Decoupled weight decay, matrices only' },
    maxGradNorm: { type: 'number', nullable: true, exclusiveMinimum: 0, default: 1, description: 'Clip the global gradient norm to this; null: no clipping' },
  }) as const;

/** @param totalSteps optimiser steps of the whole run, for the decay */
export const optimizerOptions = (params: OptimizerParams, totalSteps: number): OptimizerOptions => ({
  learningRate: params.learningRate,
  schedule: params.schedule,
  warmupSteps: params.warmupSteps,
  totalSteps,
  weightDecay: params.weightDecay,
  maxGradNorm: params.maxGradNorm ?? Number.POSITIVE_INFINITY,
});
