import { TiltyardError } from '../../errors.js';
import { FLAT, type FlatLayout, type Variables } from '../engine.js';
import { type HostTensor, sizeOf } from '../tensor.js';
import type { DeviceMemory } from './memory.js';
import type { Device } from './session.js';
import type { Value } from './value.js';

/**
 * Below this many parameters one flat buffer is faster on a CPU (28 % at D64), above it separate ones are (15
 * % at D512).
 */
const FLAT_LIMIT = 1_500_000;
/** On a card arrays begin at multiples of so many numbers, as its kernels want them. */
const ALIGNMENT = 64;

type Arrays = ReadonlyMap<string, HostTensor>;

/** Weights where the device reads and writes them without a copy. */
export class DeviceVariables implements Variables {
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly flat: FlatLayout | null;
  /** By name, and under FLAT those that lie in one buffer. */
  readonly values: ReadonlyMap<string, Value>;

  constructor(
    arrays: Arrays,
    private readonly memory: DeviceMemory,
    device: Device,
  ) {
    this.shapes = new Map([...arrays].map(([name, array]) => [name, array.shape]));
    this.flat = layoutFor(arrays, device);
    const values =
      this.flat === null ? new Map<string, Value>() : together(arrays, this.flat, memory, device);
    for (const [name, { shape, data }] of arrays) {
      if (!values.has(name)) values.set(name, memory.keep(Float32Array.from(data), shape));
    }
    this.values = values;
  }

  async read(): Promise<Map<string, Float32Array>> {
    return new Map([...this.shapes.keys()].map((name) => [name, this.memory.read(this.values.get(name)!)]));
  }

  async write(values: ReadonlyMap<string, Float32Array>): Promise<void> {
    for (const [name, shape] of this.shapes) {
      const value = values.get(name);
      if (value === undefined || value.length !== sizeOf(shape)) {
        const came = value?.length ?? 'none';
        throw new TiltyardError(
          'variables-mismatch',
          `engine: variable '${name}' wants ${sizeOf(shape)} numbers, got ${came}`,
        );
      }
      this.memory.write(this.values.get(name)!, value);
    }
  }
}

/**
 * Which arrays lie in one buffer: all of a small model's, on a CPU or a card, and on a card the vectors of a
 * large one too, since starting an update takes its time there, once for each array.
 */
function layoutFor(arrays: Arrays, device: Device): FlatLayout | null {
  if (device === 'webgpu') return null;
  const numbers = [...arrays.values()].reduce((sum, { data }) => sum + data.length, 0);
  const isSmall = numbers <= FLAT_LIMIT;
  if (!isSmall && device === 'cpu') return null;
  const alignment = device === 'cuda' ? ALIGNMENT : 1;
  const offsets = new Map<string, number>();
  let total = 0;
  for (const [name, { shape, data }] of arrays) {
    if (!isSmall && shape.length > 1) continue;
    offsets.set(name, total);
    total += Math.ceil(data.length / alignment) * alignment;
  }
  return offsets.size === 0 ? null : { total, offsets };
}

function together(
  arrays: Arrays,
  { total, offsets }: FlatLayout,
  memory: DeviceMemory,
  device: Device,
): Map<string, Value> {
  const numbers = new Float32Array(total);
  for (const [name, at] of offsets) numbers.set(arrays.get(name)!.data, at);
  const whole = memory.keep(numbers, [total]);
  const values = new Map<string, Value>([[FLAT, whole]]);
  for (const [name, at] of offsets) {
    const { shape } = arrays.get(name)!;
    const part =
      device === 'cpu'
        ? memory.over(numbers.subarray(at, at + sizeOf(shape)), shape)
        : memory.part(whole, at, shape);
    values.set(name, part);
  }
  return values;
}
