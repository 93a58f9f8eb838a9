import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { EagerEngine } from '../../../harness/engine/eager.js';
import type { Engine } from '../../../harness/engine/engine.js';
import * as tf from '@tensorflow/tfjs';
import { OnnxEngine } from '../../../harness/engine/onnx/engine.js';
import { feedForward } from '../../../harness/engine/nn/index.js';
import type { Tensor } from '../../../harness/engine/ops.js';
import { type HostTensor, Rng } from '../../../harness/index.js';

export const reference = (): Engine => new EagerEngine('reference', 'cpu', 'cpu', 'test');
/** @param strict refuses a graph of which a part would run on the CPU though another device was asked for */
export const traced = (device: 'cpu' | 'webgpu' = 'cpu', strict = device !== 'cpu'): Engine =>
  new OnnxEngine({ device, threads: 1, reason: 'test', strict });
/** Whether TensorFlow has a binding here to test on: test/tensorflow/check.mjs builds it and says so. */
export const hasTensorflow = process.env['TILTYARD_TEST_TENSORFLOW'] !== undefined;
export function tensorflow(): Engine {
  createRequire(import.meta.url)('@tensorflow/tfjs-node-gpu');
  return new EagerEngine('tensorflow', 'tensorflow', 'cpu', 'test');
}
/** Whether there is a software adapter to test WebGPU on: VK_ICD_FILENAMES names its driver. */
export const hasAdapter = existsSync(process.env['VK_ICD_FILENAMES'] ?? '');

/** Standard normal numbers, the same for the same label. */
export function normal(label: string, shape: readonly number[], scale = 1): HostTensor {
  const rng = Rng.fromSeed('engine tests').split(label);
  return {
    shape,
    data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal() * scale),
  };
}

export const int32 = (...data: number[]): HostTensor => ({
  shape: [data.length],
  data: Int32Array.from(data),
});

/**
 * Value of f, and the gradients of sum(f * weights) for every float input, where weights are arbitrary fixed
 * numbers.
 */
export async function valueAndGradients(
  engine: Engine,
  f: (...xs: Tensor[]) => Tensor,
  inputs: readonly HostTensor[],
  differentiable = true,
): Promise<Record<string, HostTensor>> {
  const names = inputs.map((_, i) => `x${i}`);
  const program = engine.program({
    label: 'case',
    variables: {},
    body(_, feeds) {
      const xs = names.map((name) => feeds[name]!);
      const value = f(...xs);
      const outputs: Record<string, Tensor> = { value: tf.cast(value, 'float32') };
      const floats = xs.filter((x) => x.dtype === 'float32');
      if (differentiable && floats.length > 0) {
        const weights = tf.tensor(
          Float32Array.from({ length: Math.max(1, value.size) }, (_, i) => Math.cos(1 + i)),
          value.shape,
        );
        const { grads } = tf
          .engine()
          .gradients(() => tf.sum(tf.mul(f(...xs), weights)), floats, undefined, true);
        grads.forEach((g, i) => {
          outputs[`gradient${i}`] = (g as Tensor | null) ?? tf.zerosLike(floats[i]!);
        });
      }
      return { outputs };
    },
  });
  return program.run(Object.fromEntries(inputs.map((x, i) => [names[i]!, x])));
}

/**
 * Largest |a - b| / (1 + |b|) over arrays of equal shapes; NaN against NaN is equal, shapes that differ are
 * infinitely far.
 */
export function farthest(a: HostTensor, b: HostTensor): number {
  if (a.shape.join() !== b.shape.join()) return Number.POSITIVE_INFINITY;
  let worst = 0;
  b.data.forEach((y, i) => {
    const x = a.data[i]!;
    if (Object.is(x, y) || x === y) return;
    const distance = Math.abs(x - y) / (1 + Math.abs(y));
    worst = Number.isNaN(distance) ? Number.POSITIVE_INFINITY : Math.max(worst, distance);
  });
  return worst;
}

/** GELU as the feed-forward net has it, between two identity matrices: x [..., F] -> [..., F]. */
export function gelu(x: Tensor): Tensor {
  const F = x.shape.at(-1) ?? 1;
  const eye = tf.eye(F);
  const none = tf.zeros([F]);
  return tf.reshape(feedForward(tf.reshape(x, [x.size / F, F]), eye, none, eye, none), x.shape);
}
