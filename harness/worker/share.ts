import type { OptimizerOptions } from '../engine/optimizer-options.js';
import { shortened } from './batches.js';

/**
 * Warm-up and decay of a run that goes through a share of its schedule, whatever its plugin counts by.
 * @param share in (0, 1]
 */
export function inShare(optimizer: OptimizerOptions, share: number): OptimizerOptions {
  const { totalSteps, warmupSteps } = optimizer;
  if (share === 1) return optimizer;
  return {
    ...optimizer,
    ...(totalSteps === undefined ? {} : { totalSteps: shortened(totalSteps, share) }),
    ...(warmupSteps === undefined ? {} : { warmupSteps: Math.round(warmupSteps * share) }),
  };
}
