import { type Engine, type Program, type ProgramSpec, signature, type Variables } from '../engine/engine.js';
import { type HostTensor, sizeOf } from '../engine/tensor.js';
import { traceProgram } from '../engine/trace/program.js';
import { type Flops, flopsAt, sizesIn } from '../engine/trace/varying.js';

/**
 * Traces programs and counts what they would do, but computes nothing: numbers of an output are about one
 * over the length of its last axis, so that next tokens are about equally likely, and differ, as scores do.
 * What runs on it goes through its own code in a fraction of the time.
 */
export class CountingEngine implements Engine {
  readonly name = 'reference';
  readonly device = 'cpu';
  readonly takesVaryingSizes = true;
  readonly reason = 'counts, and computes nothing';
  /** Nodes of all graphs traced so far: what loading them takes grows with these. */
  nodes = 0;

  variables(arrays: ReadonlyMap<string, HostTensor>): Variables {
    return new Shapes(new Map([...arrays].map(([name, { shape }]) => [name, shape])));
  }

  program(spec: ProgramSpec): Program {
    return new CountedProgram(spec, (nodes) => (this.nodes += nodes));
  }

  rest(): void {}

  dispose(): void {}
}

class Shapes implements Variables {
  readonly flat = null;

  constructor(readonly shapes: ReadonlyMap<string, readonly number[]>) {}

  async read(): Promise<Map<string, Float32Array>> {
    return new Map([...this.shapes].map(([name, shape]) => [name, new Float32Array(sizeOf(shape))]));
  }

  async write(): Promise<void> {}
}

interface Counted {
  readonly flops: Flops;
  readonly outputs: Readonly<Record<string, HostTensor>>;
}

class CountedProgram implements Program {
  private readonly known = new Map<string, Counted>();
  lastFlops = 0;

  constructor(
    private readonly spec: ProgramSpec,
    private readonly traced: (nodes: number) => void,
  ) {}

  async run(feeds: Readonly<Record<string, HostTensor>>): Promise<Record<string, HostTensor>> {
    const key = signature(feeds);
    const known = this.known.get(key) ?? this.trace(feeds);
    this.known.set(key, known);
    this.lastFlops = flopsAt(known.flops, sizesIn(feeds));
    return { ...known.outputs };
  }

  private trace(feeds: Readonly<Record<string, HostTensor>>): Counted {
    const { graph, outputNames } = traceProgram(this.spec, feeds);
    this.traced(graph.nodes.length);
    const outputs = graph.outputs.slice(graph.outputs.length - outputNames.length);
    return {
      flops: graph.flops,
      outputs: Object.fromEntries(
        outputs.map(({ shape, type }, i) => {
          const size = sizeOf(shape);
          const data = type === 'int32' ? new Int32Array(size) : nearlyUniform(size, shape.at(-1) ?? 1);
          return [outputNames[i]!, { shape, data }];
        }),
      ),
    };
  }
}

/** In turn half as much again and half as much as 1 / n. */
const nearlyUniform = (size: number, n: number): Float32Array =>
  Float32Array.from({ length: size }, (_, i) => (i % 2 === 0 ? 1.5 : 0.5) / n);
