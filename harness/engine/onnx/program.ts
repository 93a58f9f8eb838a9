import { type Precision, type Program, type ProgramSpec, signature } from '../engine.js';
import { type HostTensor, sizeOf } from '../tensor.js';
import { tracingFor } from '../trace/active.js';
import type { FinishedGraph } from '../trace/graph.js';
import { borderName, traceProgram } from '../trace/program.js';
import { type Flops, flopsAt, sizesIn } from '../trace/varying.js';
import { mayWriteInPlace } from './alias.js';
import type { DeviceMemory, Move } from './memory.js';
import { Recorder } from './recorder.js';
import { withRoom } from './room.js';
import type { Binding, Device, Session } from './session.js';
import { library } from './library.js';
import { hostValue, overlap, type Value } from './value.js';
import type { DeviceVariables } from './variables.js';

/** A program loaded for feeds of one shape, with the memory of everything that crosses its border. */
interface Compiled {
  readonly binding: Binding;
  readonly flops: Flops;
  /** Fed on every run; the arrays are copied into these values' memory. */
  readonly feeds: readonly { readonly name: string; readonly input: string; readonly value: Value }[];
  /** Fed on every run in memory of their own, as their sizes vary. */
  readonly varying: readonly { readonly name: string; readonly input: string }[];
  readonly outputs: readonly { readonly name: string; readonly value: Value }[];
  readonly copies: readonly Copy[];
  /** What runs it on a card. */
  readonly recorder: Recorder | null;
}

/** A new value that could not be written in place: scratch memory -> variable after the run. */
interface Copy {
  readonly from: Value;
  readonly to: Value;
}

/** Traces a program once per feed shapes and runs the graph with onnxruntime. */
export class OnnxProgram implements Program {
  private readonly compiled = new Map<string, Compiled>();
  lastFlops = 0;

  constructor(
    private readonly spec: ProgramSpec,
    private readonly target: { readonly device: Device; readonly precision?: Precision },
    private readonly memory: DeviceMemory,
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
    const { binding } = compiled;
    const held = compiled.varying.map(({ name, input }) => {
      const value = hostValue(feeds[name]!.data, feeds[name]!.shape);
      binding.input(input, value);
      return value;
    });
    for (const { name, input, value } of compiled.feeds) {
      (value.data as Float32Array).set(feeds[name]!.data);
      if (this.target.device === 'webgpu') binding.input(input, value);
    }
    withRoom(`program ${this.spec.label}`, this.target.device, () => (compiled.recorder ?? binding).run());
    for (const { from, to } of compiled.copies) this.memory.copy(from, to);
    for (const { handle } of held) library().release('Value', handle);
    this.lastFlops = flopsAt(compiled.flops, sizesIn(feeds));
    const result: Record<string, HostTensor> = {};
    for (const { name, value } of compiled.outputs) {
      const data = value.data!;
      result[name] = { shape: value.shape, data: this.spec.lends === true ? data : data.slice() };
    }
    return result;
  }

  private compile(feeds: Readonly<Record<string, HostTensor>>): Compiled {
    const { graph, assigned, outputNames } = tracingFor(this.target, () => traceProgram(this.spec, feeds));
    const binding = this.load(graph, signature(feeds)).bind();
    const onCard = this.target.device === 'cuda';
    const up: Move[] = [];
    const down: Move[] = [];
    const place = (value: Value, moves: Move[]): Value => {
      const placed = this.memory.empty(value.shape, value.type);
      moves.push(moves === up ? { from: value, to: placed } : { from: placed, to: value });
      return placed;
    };
    const used = new Set(graph.inputs.map((input) => input.name));
    const inputs = new Map<string, Value>();
    const fed: { name: string; input: string; value: Value }[] = [];
    const varying: { name: string; input: string }[] = [];
    for (const [name, { shape, data, varies }] of Object.entries(feeds)) {
      const input = borderName.feed(name);
      if (!used.has(input)) continue;
      if (varies !== undefined) {
        varying.push({ name, input });
        continue;
      }
      const value = this.memory.over(data.slice(), shape);
      fed.push({ name, input, value });
      inputs.set(input, onCard ? place(value, up) : value);
    }
    for (const group of Object.keys(this.spec.variables)) {
      for (const [name, value] of this.variables(group).values) {
        const input = borderName.variable(group, name);
        if (used.has(input)) inputs.set(input, value);
      }
    }
    for (const [input, value] of inputs) binding.input(input, value);
    const copies: Copy[] = [];
    const state: Value[] = [];
    for (const { group, name } of assigned) {
      const to = this.variables(group).values.get(name)!;
      // Two groups may be the same variables (a frozen and a trainable use): look at every input over this
      // memory.
      const readers = [...inputs].filter(([, value]) => overlap(value, to));
      const output = borderName.assigned(group, name);
      if (mayWriteInPlace(graph, output, new Set(readers.map(([input]) => input)))) {
        binding.output(output, to);
        state.push(to);
      } else {
        const from = this.memory.empty(to.shape);
        binding.output(output, from);
        copies.push({ from, to });
      }
    }
    const outputs = outputNames.map((name) => {
      const output = borderName.output(name);
      const { shape, type } = graph.outputs.find((o) => o.name === output)!;
      const size = sizeOf(shape);
      const value = this.memory.over(type === 'int32' ? new Int32Array(size) : new Float32Array(size), shape);
      binding.output(output, onCard ? place(value, down) : value);
      return { name, value };
    });
    const recorder = onCard ? new Recorder(this.memory, binding, { up, down }, state) : null;
    return { binding, flops: graph.flops, feeds: fed, varying, outputs, copies, recorder };
  }

  private variables(group: string): DeviceVariables {
    return this.spec.variables[group] as DeviceVariables;
  }
}
