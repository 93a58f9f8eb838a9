import type { Tensor } from '../ops.js';
import { differentiated, type TrainStep } from './gradients.js';

/**
 * What a body builds from what networks gave, with the gradients of its loss by these arrays: by name, those
 * on which the loss hangs.
 */
export function withCotangents(
  body: () => TrainStep,
  given: Readonly<Record<string, Tensor>>,
): TrainStep & { readonly cotangents: Readonly<Record<string, Tensor>> } {
  const { grads, ...result } = differentiated(body, Object.values(given));
  const found = Object.keys(given).flatMap((name, i) =>
    grads[i] == null ? [] : [[name, grads[i]] as const],
  );
  return { ...result, cotangents: Object.fromEntries(found) };
}
