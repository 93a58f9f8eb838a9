import * as tf from '@tensorflow/tfjs';
import { FLAT, type ProgramResult, type Scope } from '../engine.js';
import { sumOfSquares } from '../nn/sum-of-squares.js';
import type { Tensor } from '../ops.js';
import type { OptimizerSettings } from '../optimizer-options.js';
import { sizeOf } from '../tensor.js';
import { type Gradient, type Groups, pieceOf } from './gradients.js';

/** Scalars of a step, fed. */
export interface StepScalars {
  readonly '#root': Tensor;
  readonly '#epsilon': Tensor;
  readonly '#decay': Tensor;
}

/**
 * One update of AdamW (Loshchilov & Hutter 2019, arXiv:1711.05101), its gradients clipped by their global
 * norm. Moments lie in the variables `<group>.m` and `<group>.v`.
 * @returns the norm before clipping, and the new values
 */
export function adamw(
  scope: Scope,
  groups: Groups,
  gradients: readonly Gradient[],
  { '#root': root, '#epsilon': epsilon, '#decay': decay }: StepScalars,
  { maxGradNorm, beta1, beta2, weightDecay }: OptimizerSettings,
): { readonly norm: Tensor; readonly assign: NonNullable<ProgramResult['assign']> } {
  const norm = tf.sqrt(gradients.map(({ grad }) => sumOfSquares(grad)).reduce((a, b) => tf.add(a, b)));
  // min(1, max / (norm + 1e-6)) as in torch.nn.utils.clip_grad_norm_; with no clipping still a function of
  // the norm, so that no parameter is overwritten before every gradient is known.
  const limit = tf.scalar(Number.isFinite(maxGradNorm) ? maxGradNorm : 3e38);
  const scale = tf.minimum(tf.scalar(1), tf.div(limit, tf.add(norm, tf.scalar(1e-6))));
  const assign: Record<string, Record<string, Tensor>> = {};
  const put = (group: string, name: string, tensor: Tensor): void => {
    assign[group] = { ...assign[group], [name]: tensor };
  };
  for (const { group, name, grad } of gradients) {
    const param = pieceOf(scope, group, name);
    const decays = name === FLAT || param.rank > 1;
    const g = tf.mul(grad, scale);
    const first = tf.add(tf.mul(pieceOf(scope, `${group}.m`, name), tf.scalar(beta1)), g);
    const second = tf.add(tf.mul(pieceOf(scope, `${group}.v`, name), tf.scalar(beta2)), tf.mul(g, g));
    const update = tf.div(first, tf.add(tf.mul(tf.sqrt(second), root), epsilon));
    const factor =
      weightDecay > 0 && decays ? (name === FLAT ? flatDecay(groups, group, decay) : decay) : null;
    const kept = factor === null ? param : tf.mul(param, factor);
    put(group, name, tf.sub(kept, update));
    put(`${group}.m`, name, first);
    put(`${group}.v`, name, second);
  }
  return { norm, assign };
}

/** Per-element decay of a flat group: `decay` on matrices, 1 on vectors. */
function flatDecay(groups: Groups, group: string, decay: Tensor): Tensor {
  const { shapes, flat } = groups[group]!;
  const mask = new Float32Array(flat!.total);
  for (const [name, at] of flat!.offsets) {
    const shape = shapes.get(name)!;
    mask.fill(shape.length > 1 ? 1 : 0, at, at + sizeOf(shape));
  }
  const matrices = tf.tensor1d(mask);
  return tf.add(tf.scalar(1), tf.mul(matrices, tf.sub(decay, tf.scalar(1))));
}
