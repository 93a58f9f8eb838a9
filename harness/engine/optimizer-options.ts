import { TiltyardError } from '../errors.js';

/** AdamW (Loshchilov & Hutter 2019, arXiv:1711.05101) with PyTorch's conventions; Adam's epsilon is 1e-8. */
export interface OptimizerOptions {
  readonly learningRate: number;
  /**
   * `linear` and `cosine` decay to 0 over `totalSteps`, after `warmupSteps` of linear warm-up. Default
   * constant.
   */
  readonly schedule?: 'constant' | 'linear' | 'cosine';
  readonly warmupSteps?: number;
  /** Required for linear and cosine. */
  readonly totalSteps?: number;
  readonly beta1?: number; // .9
  readonly beta2?: number; // .999
  readonly epsilon?: number; // 1e-8
  readonly weightDecay?: number; // 0, decoupled (AdamW)
  /** Global gradient norm is clipped to this; default 1, Infinity for none. */
  readonly maxGradNorm?: number;
}

/** The options with their defaults. */
export type OptimizerSettings = Required<Omit<OptimizerOptions, 'totalSteps'>> & {
  readonly totalSteps: number | undefined;
};

/** @throws TiltyardError for a learning rate that is no number >= 0, and for a decay without its length */
export function settled(options: OptimizerOptions): OptimizerSettings {
  const settings = {
    learningRate: options.learningRate,
    schedule: options.schedule ?? 'constant',
    warmupSteps: options.warmupSteps ?? 0,
    totalSteps: options.totalSteps,
    beta1: options.beta1 ?? 0.9,
    beta2: options.beta2 ?? 0.999,
    epsilon: options.epsilon ?? 1e-8,
    weightDecay: options.weightDecay ?? 0,
    maxGradNorm: options.maxGradNorm ?? 1,
  };
  const { learningRate, schedule, totalSteps } = settings;
  if (!(learningRate >= 0 && Number.isFinite(learningRate))) {
    throw new TiltyardError(
      'learning-rate',
      `optimiser: learningRate must be a finite number >= 0, got ${learningRate}`,
    );
  }
  if (schedule !== 'constant' && totalSteps === undefined) {
    throw new TiltyardError('total-steps', `optimiser: schedule '${schedule}' needs totalSteps`);
  }
  return settings;
}

/** @param step steps already taken */
export function learningRateAt(step: number, settings: OptimizerSettings): number {
  const { learningRate, schedule, warmupSteps, totalSteps } = settings;
  if (step < warmupSteps) return (learningRate * (step + 1)) / warmupSteps;
  if (schedule === 'constant' || totalSteps === undefined) return learningRate;
  const done = Math.min(1, (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps));
  return learningRate * (schedule === 'linear' ? 1 - done : 0.5 * (1 + Math.cos(Math.PI * done)));
}
