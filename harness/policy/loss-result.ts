import type { LossResult } from '../contracts/nets.js';
import type { Tensor } from '../engine/ops.js';
import { TiltyardError } from '../errors.js';

/**
 * What a loss returned, its metrics filled in. Gradients of a vector would be those of its sum, and nobody
 * would notice.
 * @throws TiltyardError naming what is not one number, with its shape
 */
export function checkedLoss(result: LossResult | undefined): Required<LossResult> {
  const { loss, metrics = {} } = result ?? ({} as Partial<LossResult>);
  requireNumber('the loss', loss, 'return { loss: ops.mean(losses) }');
  for (const [name, value] of Object.entries(metrics)) {
    requireNumber(`metric '${name}'`, value, 'take ops.mean of it');
  }
  return { loss: loss!, metrics };
}

function requireNumber(what: string, value: Tensor | undefined, remedy: string): void {
  const shape: unknown = value?.shape;
  if (Array.isArray(shape) && shape.length === 0) return;
  const got = Array.isArray(shape)
    ? `has shape [${shape.join(', ')}]`
    : `is ${value === null ? 'null' : typeof value}, no tensor`;
  throw new TiltyardError('loss-shape', `trainer: ${what} ${got}, and should be one number; ${remedy}`, {
    exitCode: 1,
  });
}
