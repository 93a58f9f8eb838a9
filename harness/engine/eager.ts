import * as tf from '@tensorflow/tfjs';
import { TiltyardError } from '../errors.js';
import { type Engine, type Program, type ProgramSpec, signature, type Variables } from './engine.js';
import type { Tensor } from './ops.js';
import { elementTypeOf, type HostTensor } from './tensor.js';
import { traceProgram } from './trace/program.js';
import { type Flops, flopsAt, sizesIn } from './trace/varying.js';

/**
 * Runs programs eagerly on a TensorFlow.js backend: `cpu` (the reference the others must match) or
 * `tensorflow`.
 */
export class EagerEngine implements Engine {
  readonly takesVaryingSizes = true;
  private readonly made: EagerVariables[] = [];

  constructor(
    readonly name: 'reference' | 'tensorflow',
    private readonly backend: string,
    readonly device: string,
    readonly reason: string,
  ) {}

  variables(arrays: ReadonlyMap<string, HostTensor>): Variables {
    tf.setBackend(this.backend);
    const variables = new EagerVariables(arrays);
    this.made.push(variables);
    return variables;
  }

  program(spec: ProgramSpec): Program {
    return new EagerProgram(spec, this.backend);
  }

  rest(): void {
    this.dispose();
  }

  dispose(): void {
    for (const variables of this.made.splice(0)) variables.dispose();
  }
}

class EagerVariables implements Variables {
  readonly flat = null;
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly tensors = new Map<string, Tensor>();

  constructor(arrays: ReadonlyMap<string, HostTensor>) {
    this.shapes = new Map([...arrays].map(([name, array]) => [name, array.shape]));
    for (const [name, array] of arrays) this.tensors.set(name, owned(array));
  }

  async read(): Promise<Map<string, Float32Array>> {
    const out = new Map<string, Float32Array>();
    for (const [name, tensor] of this.tensors) out.set(name, Float32Array.from(await tensor.data()));
    return out;
  }

  async write(values: ReadonlyMap<string, Float32Array>): Promise<void> {
    for (const [name, shape] of this.shapes) {
      const data = values.get(name);
      if (data === undefined) {
        throw new TiltyardError('variables-mismatch', `engine: no value for variable '${name}'`);
      }
      this.replace(name, owned({ shape, data }));
    }
  }

  dispose(): void {
    for (const tensor of this.tensors.values()) tensor.dispose();
    this.tensors.clear();
  }

  replace(name: string, tensor: Tensor): void {
    this.tensors.get(name)?.dispose();
    this.tensors.set(name, tensor);
  }
}

/** A tensor over the memory of the array: TensorFlow.js keeps a reference to what it is given. */
const tensorOver = ({ shape, data }: HostTensor): Tensor => tf.tensor(data, [...shape], elementTypeOf(data));

/** A tensor with its own copy of the data, which lives until it is disposed of. */
const owned = ({ shape, data }: HostTensor): Tensor => tf.keep(tensorOver({ shape, data: data.slice() }));

class EagerProgram implements Program {
  private readonly flops = new Map<string, Flops>();
  lastFlops = 0;

  constructor(
    private readonly spec: ProgramSpec,
    private readonly backend: string,
  ) {}

  async run(feeds: Readonly<Record<string, HostTensor>>): Promise<Record<string, HostTensor>> {
    this.lastFlops = this.flopsFor(feeds);
    tf.setBackend(this.backend);
    tf.engine().startScope();
    try {
      const tensors = Object.fromEntries(
        Object.entries(feeds).map(([name, feed]) => [name, tensorOver(feed)]),
      );
      const groups = this.spec.variables as Readonly<Record<string, EagerVariables>>;
      const scope = {
        tensors: (group: string) => Object.fromEntries(groups[group]!.tensors),
        flat: (group: string) => {
          throw new TiltyardError(
            'not-flat',
            `engine: variables '${group}' are not flat on the ${this.backend} engine`,
          );
        },
      };
      const result = this.spec.body(scope, tensors);
      const out: Record<string, HostTensor> = {};
      for (const [name, tensor] of Object.entries(result.outputs)) {
        const values = tensor.dataSync();
        const data = tensor.dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values);
        out[name] = { shape: tensor.shape, data };
      }
      for (const [group, values] of Object.entries(result.assign ?? {})) {
        for (const [name, tensor] of Object.entries(values)) {
          groups[group]!.replace(name, tf.keep(tf.clone(tensor)));
        }
      }
      return out;
    } finally {
      tf.engine().endScope();
    }
  }

  /** Counted on the graph that tracing the program gives. */
  private flopsFor(feeds: Readonly<Record<string, HostTensor>>): number {
    const key = signature(feeds);
    const flops = this.flops.get(key) ?? traceProgram(this.spec, feeds).graph.flops;
    this.flops.set(key, flops);
    return flopsAt(flops, sizesIn(feeds));
  }
}
