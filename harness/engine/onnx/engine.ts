import { TiltyardError } from '../../errors.js';
import { type HostTensor, sizeOf } from '../tensor.js';
import { type Engine, FLAT, type Program, type ProgramSpec, type Scope, signature, type Variables } from '../engine.js';
import type { Tensor } from '../ops.js';
import * as tf from '@tensorflow/tfjs';
import { mayWriteInPlace } from './alias.js';
import type { FinishedGraph, Value } from '../trace/graph.js';
import '../trace/kernels.js';
import { type Device, ort, SEQUENCE_OUTPUT, Session } from './session.js';
import { type TraceBackend, trace } from '../trace/backend.js';

/** Below this many parameters one flat buffer is faster (28 % at D64), above it separate ones are (15 % at D512). */
const FLAT_LIMIT = 1_500_000;

export interface OnnxOptions {
  readonly device: Device;
  readonly threads: number;
  readonly reason: string;
}

/** Traces programs to ONNX graphs, once per feed shapes, and runs them with onnxruntime. */
export class OnnxEngine implements Engine {
  readonly name = 'onnxruntime';
  readonly device: Device;
  readonly reason: string;
  private readonly sessions: Session[] = [];

  constructor(private readonly options: OnnxOptions) {
    this.device = options.device;
    this.reason = options.reason;
  }

  variables(arrays: ReadonlyMap<string, HostTensor>): Variables {
    return new HostVariables(arrays, this.device === 'cpu');
  }

  program(spec: ProgramSpec): Program {
    return new TracedProgram(spec, (graph) => {
      const session = new Session(graph, this.options.device, this.options.threads);
      this.sessions.push(session);
      return session;
    });
  }

  dispose(): void {
    for (const session of this.sessions) session.dispose();
    this.sessions.length = 0;
  }
}

/** Weights in host memory, which the CPU provider reads and writes without a copy. */
class HostVariables implements Variables {
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly flat: boolean;
  readonly views = new Map<string, Float32Array>();
  readonly tensors = new Map<string, ort.Tensor>();

  constructor(arrays: ReadonlyMap<string, HostTensor>, mayBeFlat: boolean) {
    this.shapes = new Map([...arrays].map(([name, a]) => [name, a.shape]));
    const total = [...arrays.values()].reduce((sum, a) => sum + a.data.length, 0);
    this.flat = mayBeFlat && total <= FLAT_LIMIT;
    const whole = this.flat ? new Float32Array(total) : undefined;
    let at = 0;
    for (const [name, { shape, data }] of arrays) {
      const view = whole === undefined ? new Float32Array(data.length) : whole.subarray(at, at + data.length);
      view.set(data);
      at += data.length;
      this.views.set(name, view);
      this.tensors.set(name, new ort.Tensor('float32', view, [...shape]));
    }
    if (whole !== undefined) this.tensors.set(FLAT, new ort.Tensor('float32', whole, [total]));
  }

  async read(): Promise<Map<string, Float32Array>> {
    return new Map([...this.views].map(([name, view]) => [name, view.slice()]));
  }

  async write(values: ReadonlyMap<string, Float32Array>): Promise<void> {
    for (const [name, view] of this.views) {
      const value = values.get(name);
      if (value === undefined || value.length !== view.length) {
        throw new TiltyardError('variables-mismatch', `engine: variable '${name}' wants ${view.length} numbers, got ${value?.length ?? 'none'}`);
      }
      view.set(value);
    }
  }
}

interface Compiled {
  readonly session: Session;
  readonly flops: number;
  /** Fed on every run; the arrays are copied into these tensors' memory. */
  readonly feeds: Readonly<Record<string, ort.Tensor>>;
  readonly inputs: Record<string, ort.Tensor>;
  readonly fetches: Record<string, ort.Tensor | null>;
  readonly outputs: readonly { readonly name: string; readonly tensor: ort.Tensor }[];
  /** Outputs that could not be written in place: scratch -> variable after the run. */
  readonly copies: readonly { readonly from: ort.Tensor; readonly to: ort.Tensor }[];
}

class TracedProgram implements Program {
  private readonly compiled = new Map<string, Compiled>();
  lastFlops = 0;

  constructor(
    private readonly spec: ProgramSpec,
    private readonly load: (graph: FinishedGraph) => Session,
  ) {}

  async run(feeds: Readonly<Record<string, HostTensor>>): Promise<Record<string, HostTensor>> {
    const key = signature(feeds);
    let compiled = this.compiled.get(key);
    if (compiled === undefined) this.compiled.set(key, (compiled = this.compile(feeds)));
    for (const [name, tensor] of Object.entries(compiled.feeds)) (tensor.data as Float32Array).set(feeds[name]!.data);
    compiled.session.run(compiled.inputs, compiled.fetches);
    for (const { from, to } of compiled.copies) (to.data as Float32Array).set(from.data as Float32Array);
    this.lastFlops = compiled.flops;
    const result: Record<string, HostTensor> = {};
    for (const { name, tensor } of compiled.outputs) {
      result[name] = { shape: tensor.dims, data: (tensor.data as Float32Array | Int32Array).slice() };
    }
    return result;
  }

  private compile(feeds: Readonly<Record<string, HostTensor>>): Compiled {
    const { graph, assigned, outputNames } = traceProgram(this.spec, feeds, true);
    const session = this.load(graph);
    const used = new Set(graph.inputs.map((input) => input.name));
    const inputs: Record<string, ort.Tensor> = {};
    const feedTensors: Record<string, ort.Tensor> = {};
    for (const [name, { shape, data }] of Object.entries(feeds)) {
      if (!used.has(`f:${name}`)) continue;
      const copy = data.slice();
      const tensor = copy instanceof Float32Array ? new ort.Tensor('float32', copy, [...shape]) : new ort.Tensor('int32', copy, [...shape]);
      feedTensors[name] = inputs[`f:${name}`] = tensor;
    }
    for (const [group, variables] of Object.entries(this.spec.variables)) {
      for (const [name, tensor] of (variables as HostVariables).tensors) {
        if (used.has(`v:${group}/${name}`)) inputs[`v:${group}/${name}`] = tensor;
      }
    }
    const fetches: Record<string, ort.Tensor | null> = { [SEQUENCE_OUTPUT]: null };
    const copies: { from: ort.Tensor; to: ort.Tensor }[] = [];
    for (const { group, name } of assigned) {
      const variables = this.spec.variables[group] as HostVariables;
      const to = variables.tensors.get(name)!;
      // Two groups may be the same variables (a frozen and a trainable use): look at every input over this memory.
      const shared = new Set<string>();
      for (const [input, tensor] of Object.entries(inputs)) if (overlaps(tensor, to)) shared.add(input);
      const output = `a:${group}/${name}`;
      if (mayWriteInPlace(graph, output, shared)) fetches[output] = to;
      else {
        const from = new ort.Tensor('float32', new Float32Array(to.size), [...to.dims]);
        fetches[output] = from;
        copies.push({ from, to });
      }
    }
    const outputs = outputNames.map((name) => {
      const proto = graph.outputs.find((o) => o.name === `o:${name}`)!;
      const n = sizeOf(proto.shape);
      const tensor =
        proto.type === 'int32' ? new ort.Tensor('int32', new Int32Array(n), [...proto.shape]) : new ort.Tensor('float32', new Float32Array(n), [...proto.shape]);
      fetches[`o:${name}`] = tensor;
      return { name, tensor };
    });
    return { session, flops: graph.flops, feeds: feedTensors, inputs, fetches, outputs, copies };
  }
}

function overlaps(a: ort.Tensor, b: ort.Tensor): boolean {
  const x = a.data as Float32Array;
  const y = b.data as Float32Array;
  return x.buffer === y.buffer && x.byteOffset < y.byteOffset + y.byteLength && y.byteOffset < x.byteOffset + x.byteLength;
}

export interface TracedResult {
  readonly graph: FinishedGraph;
  readonly assigned: readonly { readonly group: string; readonly name: string }[];
  readonly outputNames: readonly string[];
}

/** Traces a program for feeds of these shapes. Inputs are `v:<group>/<name>` and `f:<feed>`, outputs `o:<name>` and `a:<group>/<name>`. */
export function traceProgram(spec: ProgramSpec, feeds: Readonly<Record<string, HostTensor>>, leadWithSequence: boolean): TracedResult {
  return trace((backend) => {
    const inputs: Record<string, Tensor> = {};
    for (const [name, { shape, data }] of Object.entries(feeds)) {
      inputs[name] = asTensor(backend, backend.graph.input(`f:${name}`, shape, data instanceof Float32Array ? 'float32' : 'int32'));
    }
    const result = spec.body(scopeOf(backend, spec.variables), inputs);
    const outputs = new Map<string, Value>();
    const assigned: { group: string; name: string }[] = [];
    for (const [group, values] of Object.entries(result.assign ?? {})) {
      for (const [name, tensor] of Object.entries(values)) {
        outputs.set(`a:${group}/${name}`, backend.value(tensor));
        assigned.push({ group, name });
      }
    }
    for (const [name, tensor] of Object.entries(result.outputs)) outputs.set(`o:${name}`, backend.value(tensor));
    return { graph: backend.graph.finish(outputs, leadWithSequence), assigned, outputNames: Object.keys(result.outputs) };
  });
}

function scopeOf(backend: TraceBackend, groups: Readonly<Record<string, Variables>>): Scope {
  const input = (group: string, name: string, shape: readonly number[]): Tensor => asTensor(backend, backend.graph.input(`v:${group}/${name}`, shape, 'float32'));
  const made = new Map<string, Readonly<Record<string, Tensor>>>();
  return {
    tensors(group) {
      let tensors = made.get(group);
      if (tensors === undefined) {
        tensors = Object.fromEntries([...groups[group]!.shapes].map(([name, shape]) => [name, input(group, name, shape)]));
        made.set(group, tensors);
      }
      return tensors;
    },
    flat(group) {
      const total = [...groups[group]!.shapes.values()].reduce((sum, shape) => sum + sizeOf(shape), 0);
      return input(group, FLAT, [total]);
    },
  };
}

const asTensor = (backend: TraceBackend, value: Value): Tensor => {
  const info = backend.tensor(value);
  return tf.engine().makeTensorFromDataId(info.dataId, info.shape, info.dtype, backend) as Tensor;
};
