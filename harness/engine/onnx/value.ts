import { elementTypeOf, type HostTensor, sizeOf } from '../tensor.js';
import { ELEMENT_CODE } from '../trace/graph.js';
import { addressOf, type Handle, library } from './library.js';

/** A tensor that a graph reads or writes: over the memory of a host array, or on a device. */
export interface Value {
  readonly handle: Handle;
  readonly type: 'float32' | 'int32';
  readonly shape: readonly number[];
  /** The host array that it lies over; null on a device. */
  readonly data: HostTensor['data'] | null;
  /** Where its numbers begin, in the host's memory or the device's. */
  readonly address: bigint;
}

const BYTES = 4;
const DEVICE_ALLOCATOR = 0;
const DEFAULT_MEMORY = 0;

const memories = new Map<string, Handle>();

/** What onnxruntime knows a kind of memory by: `Cpu`, `Cuda`, `WebGPU_Buf`. */
export function memoryOf(name: string): Handle {
  let memory = memories.get(name);
  if (memory === undefined) {
    memory = library().create('CreateMemoryInfo', name, DEVICE_ALLOCATOR, 0, DEFAULT_MEMORY);
    memories.set(name, memory);
  }
  return memory;
}

/** A value over the memory of `data`, which is not copied. */
export const hostValue = (data: HostTensor['data'], shape: readonly number[]): Value =>
  over('Cpu', addressOf(data), elementTypeOf(data), shape, data);

/** A value in memory that `allocator` gives; its numbers are whatever was there. */
export function deviceValue(allocator: Handle, type: Value['type'], shape: readonly number[]): Value {
  const ort = library();
  const [rank, code] = [shape.length, ELEMENT_CODE[type]];
  const handle = ort.create('CreateTensorAsOrtValue', allocator, shape, rank, code);
  const address = ort.create('GetTensorMutableData', handle);
  return { handle, type, shape, data: null, address };
}

/** Part of a value on a device, from its `offset`th number on; it lives as long as the whole does. */
export const partOf = (whole: Value, memory: string, offset: number, shape: readonly number[]): Value =>
  over(memory, whole.address + BigInt(BYTES * offset), whole.type, shape, null);

/** Whether two values share numbers. */
export function overlap(a: Value, b: Value): boolean {
  const end = ({ address, shape }: Value): bigint => address + BigInt(BYTES * sizeOf(shape));
  return (a.data === null) === (b.data === null) && a.address < end(b) && b.address < end(a);
}

function over(
  memory: string,
  address: bigint,
  type: Value['type'],
  shape: readonly number[],
  data: Value['data'],
): Value {
  const handle = library().create(
    'CreateTensorWithDataAsOrtValue',
    memoryOf(memory),
    address,
    BYTES * sizeOf(shape),
    shape,
    shape.length,
    ELEMENT_CODE[type],
  );
  return { handle, type, shape, data, address };
}
