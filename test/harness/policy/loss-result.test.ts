import { describe, expect, test } from 'vitest';
import type { Tensor } from '../../../harness/engine/ops.js';
import { checkedLoss } from '../../../harness/policy/loss-result.js';

const shaped = (...shape: number[]): Tensor => ({ shape }) as unknown as Tensor;

describe('what a loss returns', () => {
  test('is one number, with no metrics or some', () => {
    expect(checkedLoss({ loss: shaped() })).toEqual({ loss: shaped(), metrics: {} });
    expect(checkedLoss({ loss: shaped(), metrics: { m: shaped() } }).metrics).toEqual({ m: shaped() });
  });
  test.each([
    [{ loss: shaped(16) }, 'the loss has shape [16], and should be one number; return { loss: ops.mean('],
    [{ loss: shaped(16, 26) }, 'the loss has shape [16, 26]'],
    [{ loss: 3 }, 'the loss is number, no tensor'],
    [undefined, 'the loss is undefined, no tensor'],
    [shaped(), 'the loss is undefined, no tensor'],
    [{ loss: shaped(), metrics: { m: shaped(4) } }, "metric 'm' has shape [4], and should be one number"],
  ])('%# is refused with its shape', (result, message) => {
    expect(() => checkedLoss(result as never)).toThrow(message);
  });
});
