import type * as ort from 'onnxruntime-node';
import { type Program, type ProgramSpec, signature } from '../engine.js';
import { type HostTensor, sizeOf } from '../tensor.js';
import type { FinishedGraph } from '../trace/graph.js';
import { tracingFor } from '../trace/active.js';
import { borderName, traceProgram } from '../trace/program.js';
import { mayWriteInPlace } from './alias.js';
import { type Device, SEQUENCE_OUTPUT, type Session, tensorOver } from './session.js';
import type { HostVariables } from './variables.js';

/** A program loaded for feeds of one shape, with the memory of everything that crosses its border. */
interface Compiled {
  readonly session: Session;
  readonly flops: number;
  /** Fed on every run; the arrays are copied into these tensors' memory. */
  readonly feeds: Readonly<Record<string, ort.Tensor>>;
  readonly inputs: Record<string, ort.Tensor>;
  readonly fetches: Record<string, ort.Tensor | null>;
  readonly outputs: readonly { readonly name: string; readonly tensor: ort.Tensor }[];
  readonly copies: readonly Copy[];
}

/** A new value that could not be written in place: scratch memory -> variable after the run. */
interface Copy {
  readonly from: ort.Tensor;
  readonly to: ort.Tensor;
}

/** Traces a program once per feed shapes and runs the graph with onnxruntime. */
export class OnnxProgram implements Program {
  private readonly compiled = new Map<string, Compiled>();
  lastFlops = 0;

  constructor(
    private readonly spec: ProgramSpec,
    private readonly device: Device,
    /** @param shapes of the feeds that the graph is for */
    private readonly load: (graph: FinishedGraph, shapes: string) => Session,
  ) {}

  async run(feeds: Readonly<Record<string, HostTensor>>): Promise<Record<string, HostTensor>> {
    const key = signature(feeds);
    let compiled = this.compiled.get(key);
    if (compiled === undefined) {
      compiled = this.compile(feeds);
      this.compiled.set(key, compiled);
    }
    for (const [name, tensor] of Object.entries(compiled.feeds)) {
      (tensor.data as Float32Array).set(feeds[name]!.data);
    }
    compiled.session.run(compiled.inputs, compiled.fetches);
    for (const { from, to } of compiled.copies) (to.data as Float32Array).set(from.data as Float32Array);
    this.lastFlops = compiled.flops;
    const result: Record<string, HostTensor> = {};
    for (const { name, tensor } of compiled.outputs) {
      const data = tensor.data as HostTensor['data'];
      result[name] = { shape: tensor.dims, data: this.spec.lends === true ? data : data.slice() };
    }
    return result;
  }

  private compile(feeds: Readonly<Record<string, HostTensor>>): Compiled {
    const { graph, assigned, outputNames } = tracingFor(this.device, () => traceProgram(this.spec, feeds));
    const session = this.load(graph, signature(feeds));
    const used = new Set(graph.inputs.map((input) => input.name));
    const inputs: Record<string, ort.Tensor> = {};
    const feedTensors: Record<string, ort.Tensor> = {};
    for (const [name, { shape, data }] of Object.entries(feeds)) {
      const input = borderName.feed(name);
      if (!used.has(input)) continue;
      const tensor = tensorOver(data.slice(), shape);
      feedTensors[name] = tensor;
      inputs[input] = tensor;
    }
    for (const group of Object.keys(this.spec.variables)) {
      for (const [name, tensor] of this.variables(group).tensors) {
        const input = borderName.variable(group, name);
        if (used.has(input)) inputs[input] = tensor;
      }
    }
    const fetches: Record<string, ort.Tensor | null> = { [SEQUENCE_OUTPUT]: null };
    const copies: Copy[] = [];
    for (const { group, name } of assigned) {
      const to = this.variables(group).tensors.get(name)!;
      // Two groups may be the same variables (a frozen and a trainable use): look at every input over this
      // memory.
      const readers = Object.entries(inputs).filter(([, tensor]) => overlaps(tensor, to));
      const output = borderName.assigned(group, name);
      if (mayWriteInPlace(graph, output, new Set(readers.map(([input]) => input)))) {
        fetches[output] = to;
      } else {
        const from = tensorOver(new Float32Array(to.size), to.dims);
        fetches[output] = from;
        copies.push({ from, to });
      }
    }
    const outputs = outputNames.map((name) => {
      const output = borderName.output(name);
      const { shape, type } = graph.outputs.find((o) => o.name === output)!;
      const size = sizeOf(shape);
      const tensor = tensorOver(type === 'int32' ? new Int32Array(size) : new Float32Array(size), shape);
      fetches[output] = tensor;
      return { name, tensor };
    });
    return { session, flops: graph.flops, feeds: feedTensors, inputs, fetches, outputs, copies };
  }

  private variables(group: string): HostVariables {
    return this.spec.variables[group] as HostVariables;
  }
}

function overlaps(a: ort.Tensor, b: ort.Tensor): boolean {
  const x = a.data as Float32Array;
  const y = b.data as Float32Array;
  const [endOfX, endOfY] = [x.byteOffset + x.byteLength, y.byteOffset + y.byteLength];
  return x.buffer === y.buffer && x.byteOffset < endOfY && y.byteOffset < endOfX;
}
