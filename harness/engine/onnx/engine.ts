import { createHash } from 'node:crypto';
import type { Engine, Program, ProgramSpec, Variables } from '../engine.js';
import * as ops from '../ops.js';
import type { HostTensor } from '../tensor.js';
import { traceProgram } from '../trace/program.js';
import { OnnxProgram } from './program.js';
import { LoadedGraphs } from './loaded.js';
import { type Device, modelOf, Session } from './session.js';
import { HostVariables } from './variables.js';

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
  private readonly graphs = new LoadedGraphs();

  constructor(private readonly options: OnnxOptions) {
    this.device = options.device;
    this.reason = options.reason;
  }

  variables(arrays: ReadonlyMap<string, HostTensor>): Variables {
    return new HostVariables(arrays, this.device === 'cpu');
  }

  program(spec: ProgramSpec): Program {
    const { device, threads } = this.options;
    return new OnnxProgram(spec, device, (graph, shapes) => {
      const model = modelOf(graph);
      const hash = createHash('sha256').update(model).digest('hex');
      return this.graphs.get(hash, `${spec.label} ${shapes}`, () => new Session(model, device, threads));
    });
  }

  rest(): void {
    this.graphs.rest();
  }

  dispose(): void {
    this.graphs.dispose();
  }
}

/** Loads a small graph on a device. @throws Error from onnxruntime where the device is not usable */
export function probe(device: Device): void {
  const feeds = { a: { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) } };
  const { graph } = traceProgram(
    { label: 'probe', variables: {}, body: (_, { a }) => ({ outputs: { y: ops.sum(ops.mul(a!, a!)) } }) },
    feeds,
  );
  new Session(modelOf(graph), device, 1).dispose();
}
