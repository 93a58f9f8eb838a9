import type * as ort from 'onnxruntime-node';
import { TiltyardError } from '../../errors.js';
import { FLAT, type Variables } from '../engine.js';
import type { HostTensor } from '../tensor.js';
import { tensorOver } from './session.js';

/**
 * Below this many parameters one flat buffer is faster (28 % at D64), above it separate ones are (15 % at
 * D512).
 */
const FLAT_LIMIT = 1_500_000;

/** Weights in host memory, which the CPU provider reads and writes without a copy. */
export class HostVariables implements Variables {
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly flat: boolean;
  private readonly views = new Map<string, Float32Array>();
  /** Tensors over the same memory by name, and under FLAT over all of it where the group is flat. */
  readonly tensors = new Map<string, ort.Tensor>();

  constructor(arrays: ReadonlyMap<string, HostTensor>, mayBeFlat: boolean) {
    this.shapes = new Map([...arrays].map(([name, array]) => [name, array.shape]));
    const total = [...arrays.values()].reduce((sum, array) => sum + array.data.length, 0);
    this.flat = mayBeFlat && total <= FLAT_LIMIT;
    const whole = this.flat ? new Float32Array(total) : undefined;
    let at = 0;
    for (const [name, { shape, data }] of arrays) {
      const view = whole?.subarray(at, at + data.length) ?? new Float32Array(data.length);
      view.set(data);
      at += data.length;
      this.views.set(name, view);
      this.tensors.set(name, tensorOver(view, shape));
    }
    if (whole !== undefined) this.tensors.set(FLAT, tensorOver(whole, [total]));
  }

  async read(): Promise<Map<string, Float32Array>> {
    return new Map([...this.views].map(([name, view]) => [name, view.slice()]));
  }

  async write(values: ReadonlyMap<string, Float32Array>): Promise<void> {
    for (const [name, view] of this.views) {
      const value = values.get(name);
      if (value === undefined || value.length !== view.length) {
        const came = value?.length ?? 'none';
        throw new TiltyardError(
          'variables-mismatch',
          `engine: variable '${name}' wants ${view.length} numbers, got ${came}`,
        );
      }
      view.set(value);
    }
  }
}
