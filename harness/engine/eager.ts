import * as tf from '@tensorflow/tfjs';
import { TiltyardError } from '../errors.js';
import type { HostTensor } from './tensor.js';
import { type Engine, type Program, type ProgramSpec, signature, type Variables } from './engine.js';
import { traceProgram } from './onnx/engine.js';
import type { Tensor } from './ops.js';

/** Runs programs eagerly on a TensorFlow.js backend: `cpu` (the reference the others must match) or `tensorflow`. */
export class EagerEngine implements Engine {
  constructor(
    readonly name: 'reference' | 'tensorflow',
    private readonly backend: string,
    readonly device: string,
    readonly reason: string,
  ) {}

  variables(arrays: ReadonlyMap<string, HostTensor>): Variables {
    tf.setBackend(this.backend);
    return new EagerVariables(arrays);
  }

  program(spec: ProgramSpec): Program {
    return new EagerProgram(spec, this.backend);
  }

  dispose(): void {}
}

class EagerVariables implements Variables {
  readonly flat = false;
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly tensors = new Map<string, Tensor>();

  constructor(arrays: ReadonlyMap<string, HostTensor>) {
    this.shapes = new Map([...arrays].map(([name, a]) => [name, a.shape]));
    for (const [name, { shape, data }] of arrays) this.tensors.set(name, own(data, shape));
  }

  async read(): Promise<Map<string, Float32Array>> {
    const out = new Map<string, Float32Array>();
    for (const [name, tensor] of this.tensors) out.set(name, Float32Array.from(await tensor.data()));
    return out;
  }

  async write(values: ReadonlyMap<string, Float32Array>): Promise<void> {
    for (const [name, shape] of this.shapes) {
      const value = values.get(name);
      if (value === undefined) throw new TiltyardError('variables-mismatch', `engine: no value for variable '${name}'`);
      this.replace(name, own(value, shape));
    }
  }

  replace(name: string, tensor: Tensor): void {
    this.tensors.get(name)?.dispose();
    this.tensors.set(name, tensor);
  }
}

/** A tensor with its own copy of the data: TensorFlow.js keeps a reference to the array it is given. */
const own = (data: Float32Array | Int32Array, shape: readonly number[]): Tensor =>
  tf.keep(tf.tensor(data.slice(), [...shape], data instanceof Float32Array ? 'float32' : 'int32'));

class EagerProgram implements Program {
  private readonly flops = new Map<string, number>();
  lastFlops = 0;

  constructor(
    private readonly spec: ProgramSpec,
    private readonly backend: string,
  ) {}

  async run(feeds: Readonly<Record<string, HostTensor>>): Promise<Record<string, HostTensor>> {
    const key = signature(feeds);
    if (!this.flops.has(key)) this.flops.set(key, traceProgram(this.spec, feeds, false).graph.flops);
    this.lastFlops = this.flops.get(key)!;
    tf.setBackend(this.backend);
    tf.engine().startScope();
    try {
      const tensors = Object.fromEntries(
        Object.entries(feeds).map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape], data instanceof Float32Array ? 'float32' : 'int32')]),
      );
      const groups = this.spec.variables as Readonly<Record<string, EagerVariables>>;
      const result = this.spec.body(
        {
          tensors: (group) => Object.fromEntries(groups[group]!.tensors),
          flat: (group) => {
            throw new TiltyardError('not-flat', `engine: variables '${group}' are not flat on the ${this.name()} engine`);
          },
        },
        tensors,
      );
      const out: Record<string, HostTensor> = {};
      for (const [name, tensor] of Object.entries(result.outputs)) {
        const data = tensor.dataSync();
        out[name] = { shape: tensor.shape, data: tensor.dtype === 'int32' ? Int32Array.from(data) : Float32Array.from(data) };
      }
      for (const [group, values] of Object.entries(result.assign ?? {})) {
        for (const [name, tensor] of Object.entries(values)) groups[group]!.replace(name, tf.keep(tf.clone(tensor)));
      }
      return out;
    } finally {
      tf.engine().endScope();
    }
  }

  private name(): string {
    return this.backend;
  }
}
