import { createHash } from 'node:crypto';
import type { Engine, Precision, Program, ProgramSpec, Variables } from '../engine.js';
import * as ops from '../ops.js';
import type { HostTensor } from '../tensor.js';
import { traceProgram } from '../trace/program.js';
import { OnnxProgram } from './program.js';
import { library } from './library.js';
import { LoadedGraphs } from './loaded.js';
import { DeviceMemory } from './memory.js';
import { type Device, modelOf, Session } from './session.js';
import { DeviceVariables } from './variables.js';

export interface OnnxOptions {
  readonly device: Device;
  readonly threads: number;
  /** Default: float32. */
  readonly precision?: Precision;
  /** Refuses programs of which a part would run on the CPU though another device was asked for. */
  readonly strict?: boolean;
  /** Whether runs on a card are recorded and replayed. Default: they are. */
  readonly records?: boolean;
  readonly reason: string;
}

/** Traces programs to ONNX graphs, once per feed shapes, and runs them with onnxruntime. */
export class OnnxEngine implements Engine {
  readonly name = 'onnxruntime';
  readonly device: Device;
  /** What a card runs is recorded, and WebGPU compiles a kernel for each shape. */
  readonly takesVaryingSizes: boolean;
  readonly reason: string;
  private readonly graphs = new LoadedGraphs();
  private readonly memory: DeviceMemory;

  private readonly options: OnnxOptions;

  constructor(options: OnnxOptions) {
    this.options = { ...options, records: options.device === 'cuda' && options.records !== false };
    this.device = options.device;
    this.takesVaryingSizes = options.device === 'cpu';
    this.reason = options.reason;
    this.memory = new DeviceMemory(options.device);
  }

  variables(arrays: ReadonlyMap<string, HostTensor>): Variables {
    return new DeviceVariables(arrays, this.memory, this.device);
  }

  program(spec: ProgramSpec): Program {
    const { options } = this;
    return new OnnxProgram(spec, options, this.memory, (graph, shapes) => {
      const model = modelOf(graph);
      const hash = createHash('sha256').update(model).digest('hex');
      return this.graphs.get(hash, `${spec.label} ${shapes}`, () => new Session(model, options));
    });
  }

  rest(): void {
    this.graphs.rest();
    this.memory.rest();
  }

  dispose(): void {
    this.graphs.dispose();
    this.memory.dispose();
  }
}

/**
 * Loads a small graph on a device.
 * @returns onnxruntime's version
 * @throws Error from onnxruntime where the device is not usable
 */
export function probe(device: Device): string {
  const feeds = { a: { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) } };
  const { graph } = traceProgram(
    { label: 'probe', variables: {}, body: (_, { a }) => ({ outputs: { y: ops.sum(ops.mul(a!, a!)) } }) },
    feeds,
  );
  new Session(modelOf(graph), { device, threads: 1 }).dispose();
  return library().version;
}
