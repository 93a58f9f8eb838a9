import * as ops from '../engine/ops.js';
import { sizeOf } from '../engine/tensor.js';
import { Rng } from '../rng.js';
import type { Architecture } from './architecture.js';

/** For whoever asks only for the shapes of arrays: `gaussian` draws nothing of it, and holds nothing. */
export const SHAPES_ONLY: Rng = Object.assign(Object.create(Rng.prototype) as Rng, {
  split: (): Rng => SHAPES_ONLY,
});

/** Independent N(0, std^2) numbers. */
export function gaussian(rng: Rng, shape: readonly number[], std: number): Float32Array {
  if (rng === SHAPES_ONLY) return new Float32Array(0);
  const out = new Float32Array(sizeOf(shape));
  for (let i = 0; i < out.length; i++) out[i] = rng.normal() * std;
  return out;
}

/** The scalar head of a network of width D: one row of weights, no bias. */
export function scalarHead(width: number): Pick<Architecture, 'initialHead' | 'scores' | 'values'> {
  const scalar: Architecture['scores'] = (head, hidden) =>
    ops.reshape(ops.matmul(hidden, head['score.weight']!, false, true), [hidden.shape[0]!]);
  return {
    initialHead: (init, rng) =>
      new Map([
        [
          'score.weight',
          {
            shape: [1, width],
            data:
              init === 'zero' ? new Float32Array(width) : gaussian(rng, [1, width], 1 / Math.sqrt(width + 1)),
          },
        ],
      ]),
    scores: scalar,
    values: scalar,
  };
}
