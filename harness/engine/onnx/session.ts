import type { Precision } from '../engine.js';
import type { FinishedGraph } from '../trace/graph.js';
import { type Handle, library } from './library.js';
import { encodeModel } from './proto.js';
import type { Value } from './value.js';

export type Device = 'cpu' | 'webgpu' | 'cuda';

export interface SessionOptions {
  readonly device: Device;
  readonly threads: number;
  readonly precision?: Precision;
  /** Refuses a graph of which a part would run on the CPU though another device was asked for. */
  readonly strict?: boolean;
  /** Whether runs can be recorded on the card and replayed (CUDA graphs). Default: they cannot. */
  readonly records?: boolean;
}

/** A graph as onnxruntime reads it. */
export const modelOf = (graph: FinishedGraph): Uint8Array => encodeModel(graph);

const ALL_OPTIMISATIONS = 99;
const ERRORS_ONLY = 3;
const ARENA_ALLOCATOR = 1;
const DEFAULT_MEMORY = 0;
const SAME_AS_REQUESTED = 1;

/** A graph loaded on a device. */
export class Session {
  readonly handle: Handle;
  private readonly bindings = new Set<Binding>();
  private readonly records: boolean;
  private recordings = 0;

  /**
   * @param model from `modelOf`
   * @throws Error from onnxruntime where the device is not usable or the model is invalid
   */
  constructor(model: Uint8Array, wanted: SessionOptions) {
    const { threads } = wanted;
    this.records = wanted.records === true;
    const ort = library();
    const options = ort.create('CreateSessionOptions');
    try {
      const set = (key: string, value: string): void =>
        ort.call('AddSessionConfigEntry', options, key, value);
      ort.call('SetIntraOpNumThreads', options, threads);
      ort.call('SetInterOpNumThreads', options, 1);
      ort.call('SetSessionGraphOptimizationLevel', options, ALL_OPTIMISATIONS);
      ort.call('SetSessionLogSeverityLevel', options, ERRORS_ONLY);
      const prefix = process.env['TILTYARD_ORT_PROFILE'];
      if (prefix !== undefined) ort.call('EnableProfiling', options, prefix);
      // A product and its bias in one Gemm writes the bias first and accumulates onto it; a product, then an
      // addition in place, is 3 % faster.
      // Slices that become one Split leave WebGPU, which has none for int32.
      const unwanted = wanted.device === 'webgpu' ? ';GatherSliceToSplitFusion' : '';
      set('optimization.disable_specified_optimizers', `MatMulAddFusion${unwanted}`);
      // Second moments of gradients near 1e-20 are denormal, which the processor handles in microcode: 1 to 3
      // % of a step. It also holds for JavaScript on this thread: numbers below 2e-308 are 0 from here on.
      set('session.set_denormal_as_zero', '1');
      if (wanted.strict === true) set('session.disable_cpu_ep_fallback', '1');
      if (wanted.device === 'cpu') shareMemory(options);
      if (threads === 1) set('session.intra_op.allow_spinning', '0');
      appendProvider(options, wanted);
      this.handle = ort.create(
        'CreateSessionFromArray',
        ort.environment,
        model as never,
        model.byteLength,
        options,
      );
    } finally {
      ort.release('SessionOptions', options);
    }
  }

  /** What a program reads and writes when it runs this graph. */
  bind(): Binding {
    const binding = new Binding(this.handle, this.records ? ++this.recordings : null);
    this.bindings.add(binding);
    return binding;
  }

  /** The programs that ran this graph do not run any more. */
  unbind(): void {
    for (const binding of this.bindings) binding.release();
    this.bindings.clear();
  }

  /** Runs it with what is bound, and gives back what of the arena is then free. */
  shrink(binding: Binding): void {
    const options = runOptions('-1');
    library().call('AddRunConfigEntry', options, 'memory.enable_memory_arena_shrinkage', 'cpu:0');
    binding.run(options);
    library().release('RunOptions', options);
  }

  /** Writes the profile, where TILTYARD_ORT_PROFILE=prefix asked for one, to prefix_<date>.json. */
  dispose(): void {
    const ort = library();
    this.unbind();
    if (process.env['TILTYARD_ORT_PROFILE'] !== undefined) {
      const allocator = ort.create('GetAllocatorWithDefaultOptions');
      const name = ort.create('SessionEndProfiling', this.handle, allocator);
      ort.call('AllocatorFree', allocator, name);
    }
    ort.release('Session', this.handle);
  }
}

/** The values that a run of a graph reads and those it writes. */
export class Binding {
  private readonly handle: Handle;

  /** How a run is asked not to be recorded, and how to be. */
  private readonly options: { readonly plain: Handle; readonly recorded: Handle } | null;

  /** @param recording number of this binding's recording among its session's; null: runs are not recorded */
  constructor(
    private readonly session: Handle,
    recording: number | null,
  ) {
    this.handle = library().create('CreateIoBinding', session);
    this.options =
      recording === null ? null : { plain: runOptions('-1'), recorded: runOptions(String(recording)) };
  }

  /** On a device, a value in host memory is copied there now. */
  input(name: string, value: Value): void {
    library().call('BindInput', this.handle, name, value.handle);
  }

  output(name: string, value: Value): void {
    library().call('BindOutput', this.handle, name, value.handle);
  }

  /** Whether its runs can be recorded. */
  get records(): boolean {
    return this.options !== null;
  }

  /** Returns when every output is written. */
  run(options: Handle | null = this.options?.plain ?? null): void {
    library().call('RunWithBinding', this.session, options, this.handle);
  }

  /**
   * Replays the recording of a run, with the numbers that now lie where the recorded run read them. The first
   * time it runs the graph more than once to record it.
   */
  replay(): void {
    library().call('RunWithBinding', this.session, this.options!.recorded, this.handle);
  }

  release(): void {
    for (const options of Object.values(this.options ?? {})) library().release('RunOptions', options);
    library().release('IoBinding', this.handle);
  }
}

let hasArena = false;

/**
 * Intermediate values of all graphs of a process come from one arena, as only one of them runs at a time:
 * with one each, a process holds the sum of what they need, not the most. Patterns of allocations are planned
 * for one set of sizes and take as much again where sizes vary.
 */
function shareMemory(options: Handle): void {
  const ort = library();
  if (!hasArena) {
    const memory = ort.create('CreateMemoryInfo', 'Cpu', ARENA_ALLOCATOR, 0, DEFAULT_MEMORY);
    const settings = ort.create('CreateArenaCfgV2', ['arena_extend_strategy'], [SAME_AS_REQUESTED], 1);
    ort.call('CreateAndRegisterAllocator', ort.environment, memory, settings);
    hasArena = true;
  }
  ort.call('AddSessionConfigEntry', options, 'session.use_env_allocators', '1');
  ort.call('DisableMemPattern', options);
}

function runOptions(recording: string): Handle {
  const options = library().create('CreateRunOptions');
  library().call('AddRunConfigEntry', options, 'gpu_graph_id', recording);
  return options;
}

function appendProvider(options: Handle, { device, precision, records }: SessionOptions): void {
  const ort = library();
  if (device === 'webgpu') {
    ort.call('SessionOptionsAppendExecutionProvider', options, 'WebGPU', [], [], 0);
  } else if (device === 'cuda') {
    const cuda = ort.create('CreateCUDAProviderOptions');
    try {
      const settings = {
        use_tf32: precision === 'tf32' ? '1' : '0',
        arena_extend_strategy: 'kSameAsRequested',
        enable_cuda_graph: records === true ? '1' : '0',
      };
      const [keys, values] = [Object.keys(settings), Object.values(settings)];
      ort.call('UpdateCUDAProviderOptions', cuda, keys, values, keys.length);
      ort.call('SessionOptionsAppendExecutionProvider_CUDA_V2', options, cuda);
    } catch (cause) {
      // What it says begins with a place in onnxruntime's source.
      const said = (cause as Error).message.split('with error: ').at(-1);
      throw new Error(`its CUDA provider does not load (see tiltyard setup cuda): ${said}`, { cause });
    } finally {
      ort.release('CUDAProviderOptions', cuda);
    }
  }
}
