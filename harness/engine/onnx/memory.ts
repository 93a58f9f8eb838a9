import { type HostTensor, sizeOf } from '../tensor.js';
import type { ElementType } from '../trace/graph.js';
import { type Handle, library } from './library.js';
import { encodeModel } from './proto.js';
import { withRoom } from './room.js';
import { type Device, Session } from './session.js';
import { deviceValue, hostValue, memoryOf, partOf, type Value } from './value.js';

/** What onnxruntime calls the memory of a device. */
const MEMORY = { cuda: 'Cuda', webgpu: 'WebGPU_Buf' } as const;

/**
 * One y = x for each type, of any shape: onnxruntime copies what it reads or writes elsewhere to and from the
 * device.
 */
const identities = (types: readonly ElementType[]): Uint8Array =>
  encodeModel({
    nodes: types.map((_, i) => ({
      op: 'Identity',
      inputs: [`x${i}`],
      outputs: [`y${i}`],
      attributes: {},
      flops: 0,
    })),
    inputs: types.map((type, i) => ({ name: `x${i}`, type, shape: null })),
    outputs: types.map((type, i) => ({ name: `y${i}`, type, shape: null })),
    initializers: [],
  });

let shrinking: Session | undefined;

/** Gives back what of the memory for intermediate values nothing is in: on the CPU all graphs share it. */
function giveBack(): void {
  shrinking ??= new Session(identities(['float32']), { device: 'cpu', threads: 1 });
  const values = [0, 1].map(() => hostValue(new Float32Array(1), [1]));
  const binding = shrinking.bind();
  binding.input('x0', values[0]!);
  binding.output('y0', values[1]!);
  shrinking.shrink(binding);
  shrinking.unbind();
  for (const { handle } of values) library().release('Value', handle);
}

/** Numbers that are copied from one place to another, time and again. */
export interface Move {
  readonly from: Value;
  readonly to: Value;
}

/**
 * Where an engine keeps numbers from one run of a program to the next: on its device. On the CPU that is the
 * memory of host arrays, and nothing is ever copied.
 */
export class DeviceMemory {
  private readonly taken: Handle[] = [];
  private opened: { readonly session: Session; readonly allocator: Handle } | undefined;
  /** Sessions that copy, by the types of what they copy. */
  private readonly movers = new Map<string, Session>();

  constructor(private readonly device: Device) {}

  /** Float32 numbers to be kept; on the CPU they stay in `data` itself. */
  keep(data: Float32Array, shape: readonly number[]): Value {
    if (this.device === 'cpu') return this.over(data, shape);
    const value = this.empty(shape);
    this.write(value, data);
    return value;
  }

  /** Room for numbers. */
  empty(shape: readonly number[], type: Value['type'] = 'float32'): Value {
    if (this.device === 'cpu') return this.over(new Float32Array(sizeOf(shape)), shape);
    const { allocator } = this.open();
    const value = withRoom('weights and state', this.device, () => deviceValue(allocator, type, shape));
    this.taken.push(value.handle);
    return value;
  }

  /** Part of a value on the device, from its `offset`th number on. */
  part(whole: Value, offset: number, shape: readonly number[]): Value {
    const part = partOf(whole, MEMORY[this.device as keyof typeof MEMORY], offset, shape);
    this.taken.push(part.handle);
    return part;
  }

  /** A value over a host array, for what crosses a program's border. */
  over(data: HostTensor['data'], shape: readonly number[]): Value {
    const value = hostValue(data, shape);
    this.taken.push(value.handle);
    return value;
  }

  release(value: Value): void {
    this.taken.splice(this.taken.indexOf(value.handle), 1);
    library().release('Value', value.handle);
  }

  /** Copies numbers to the host. */
  read(value: Value): Float32Array {
    if (value.data !== null) return (value.data as Float32Array).slice();
    const data = new Float32Array(sizeOf(value.shape));
    const host = hostValue(data, value.shape);
    this.across(value, host, host);
    return data;
  }

  /** Overwrites numbers. */
  write(value: Value, data: Float32Array): void {
    if (value.data !== null) (value.data as Float32Array).set(data);
    else {
      const host = hostValue(data, value.shape);
      this.across(host, value, host);
    }
  }

  copy(from: Value, to: Value): void {
    if (to.data !== null) (to.data as Float32Array).set(from.data as Float32Array);
    else this.run(from, to);
  }

  /** Between two runs: what was kept is not used any more. */
  rest(): void {
    for (const session of this.movers.values()) session.unbind();
    for (const handle of this.taken) library().release('Value', handle);
    this.taken.length = 0;
    if (this.device === 'cpu') giveBack();
  }

  dispose(): void {
    this.rest();
    for (const session of this.movers.values()) session.dispose();
    this.movers.clear();
    if (this.opened === undefined) return;
    library().release('Allocator', this.opened.allocator);
    this.opened.session.dispose();
    this.opened = undefined;
  }

  /** What copies numbers across, or on the device, whenever it is called. */
  mover(moves: readonly Move[]): () => void {
    if (moves.length === 0) return () => undefined;
    const binding = this.moverOf(moves).bind();
    moves.forEach(({ from, to }, i) => {
      binding.input(`x${i}`, from);
      binding.output(`y${i}`, to);
    });
    return () => {
      // Binding a host array copies it as it is at that moment.
      moves.forEach(({ from }, i) => {
        if (from.data !== null) binding.input(`x${i}`, from);
      });
      binding.run();
    };
  }

  private across(from: Value, to: Value, host: Value): void {
    this.run(from, to);
    library().release('Value', host.handle);
  }

  private run(from: Value, to: Value): void {
    const { session } = this.open();
    const binding = session.bind();
    binding.input('x0', from);
    binding.output('y0', to);
    binding.run();
    session.unbind();
  }

  private moverOf(moves: readonly Move[]): Session {
    const types = moves.map(({ from }) => from.type);
    const key = types.join();
    let session = this.movers.get(key);
    if (session === undefined) {
      session = new Session(identities(types), { device: this.device, threads: 1 });
      this.movers.set(key, session);
    }
    return session;
  }

  private open(): { readonly session: Session; readonly allocator: Handle } {
    if (this.opened === undefined) {
      const session = new Session(identities(['float32']), { device: this.device, threads: 1 });
      const name = MEMORY[this.device as keyof typeof MEMORY];
      const allocator = library().create('CreateAllocator', session.handle, memoryOf(name));
      this.opened = { session, allocator };
    }
    return this.opened;
  }
}
