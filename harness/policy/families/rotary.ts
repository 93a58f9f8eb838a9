import * as ops from '../../engine/ops.js';
import type { Tensor } from '../../engine/ops.js';

/** Rotary positions of one model (Su et al. 2021, arXiv:2104.09864). */
export interface Rotation {
  /** theta_i, radians a position, of each rotated pair: [r / 2]. */
  readonly frequencies: Float32Array;
  /** What cos and sin are multiplied by; 1 but for YaRN. */
  readonly scaling: number;
}

/** theta^(2i/r) for pair i of r rotated numbers a head: wavelengths over 2 pi, in float32 as PyTorch's. */
export const periods = (theta: number, rotated: number): Float32Array =>
  Float32Array.from({ length: Math.ceil(rotated / 2) }, (_, i) => theta ** Math.fround((2 * i) / rotated));

/** theta_i = theta^(-2i/r) (section 3.2.2). */
export const defaultRotation = (theta: number, rotated: number): Rotation => ({
  frequencies: periods(theta, rotated).map((period) => 1 / period),
  scaling: 1,
});

/** cos and sin of each position's angles, each frequency at i and i + r/2. */
export type Angles = readonly [cos: Tensor, sin: Tensor];

/**
 * Looks up angles at positions int32 [N] below `time`: [N, 1, r] each, as heads broadcast. Tables end at
 * `time`, since contexts are longer than rows are.
 */
export function anglesAt(rotation: Rotation, positions: Tensor, time: number): Angles {
  const half = rotation.frequencies.length;
  const table = (of: (x: number) => number): Tensor => {
    const values = new Float32Array(time * 2 * half);
    for (let p = 0; p < time; p++)
      for (let i = 0; i < 2 * half; i++)
        values[p * 2 * half + i] = of(Math.fround(p * rotation.frequencies[i % half]!)) * rotation.scaling;
    return ops.reshape(ops.gather(ops.constant(values, [time, 2 * half]), positions), [
      positions.size,
      1,
      2 * half,
    ]);
  };
  return [table(Math.cos), table(Math.sin)];
}

/**
 * Rotates pairs (i, i + r/2) of the first r numbers of each head, in the half-split form of the released
 * weights; the rest stays: x [N, heads, dh].
 */
export function rotate(x: Tensor, [cos, sin]: Angles): Tensor {
  const [N, heads, size] = x.shape as [number, number, number];
  const r = cos.shape[2]!;
  if (r === 0) return x;
  const part = (from: number, n: number): Tensor => ops.slice(x, [0, 0, from], [N, heads, n]);
  const turned = r === size ? x : part(0, r);
  const crossed = ops.concat([ops.neg(part(r / 2, r / 2)), part(0, r / 2)], 2);
  const y = ops.add(ops.mul(turned, cos), ops.mul(crossed, sin));
  return r === size ? y : ops.concat([y, part(r, size - r)], 2);
}
