import { ops, type Tensor } from '../../harness/index.js';
import { logRatios } from '../shared/pair-plugin.js';
import type { PairExample } from '../shared/pairs.js';

/**
 * Hinge loss on the margin, the calibration loss of Zhao et al. 2023 (SLiC-HF),
 * https://arxiv.org/abs/2305.10425, with the normalised margin of Liu et al. 2023 (RSO),
 * https://arxiv.org/abs/2309.06657
 *
 *   L = E [ max( 0, 1 − β h ) ],      h = log π_θ(y_w|x)/π_ref(y_w|x) − log π_θ(y_l|x)/π_ref(y_l|x)
 *
 *   β -> beta, the inverse of the margin δ of SLiC
 *
 * At h = 0 the loss is 1.
 * @returns [B]
 */
export function hingeLoss(x: PairExample, beta: number): Tensor {
  const { difference: h } = logRatios(x); //                             [B]
  return ops.relu(ops.sub(1, ops.mul(h, beta))); //                      [B]
}
