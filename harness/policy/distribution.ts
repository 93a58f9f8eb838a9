import * as ops from '../engine/ops.js';
import type { Tensor } from '../engine/ops.js';
import type { HostTensor } from '../engine/tensor.js';

/** What a program of next tokens is fed for a temperature: nothing for 1, which has a graph of its own. */
export const inverse = (temperature: number): { inverse?: HostTensor } =>
  temperature === 1 ? {} : { inverse: { shape: [1], data: Float32Array.of(1 / temperature) } };

/** softmax(logits / temperature) over the last axis. */
export const distribution = (logits: Tensor, { inverse }: Readonly<Record<string, Tensor>>): Tensor =>
  ops.softmax(inverse === undefined ? logits : ops.mul(logits, inverse));
