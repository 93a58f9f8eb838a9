import { createRequire } from 'node:module';
import * as ort from 'onnxruntime-node';
import { elementTypeOf, type HostTensor } from '../tensor.js';
import type { FinishedGraph, GraphNode } from '../trace/graph.js';
import { encodeModel, type ModelOutput } from './proto.js';

/**
 * A thin, synchronous wrapper of onnxruntime-node's session, for two reasons (measured, onnxruntime-node
 * 1.30.0): the public `run` waits for a timer tick before each call (27 us against 4 us), and the binding
 * copies every output into a new array even where the caller preallocated it (about 9 ms per million
 * parameters of AdamW state). The copy happens while outputs are converted to JavaScript, in order; so the
 * first output of every model here is an empty sequence, which the binding refuses to convert *after* the run
 * has filled all preallocated outputs. That refusal, and nothing else, is caught.
 */
interface NativeSession {
  loadModel(buffer: ArrayBufferLike, byteOffset: number, byteLength: number, options: object): void;
  run(
    feeds: Record<string, ort.Tensor>,
    fetches: Record<string, ort.Tensor | null>,
    options: object,
  ): Record<string, ort.Tensor>;
  dispose(): void;
}
interface Binding {
  readonly binding: { readonly InferenceSession: new () => NativeSession };
  initOrt(): void;
}
const native = createRequire(import.meta.url)('onnxruntime-node/dist/binding') as Binding;

const REFUSAL = 'Non tensor type is temporarily not supported.';

/** The empty sequence, to be fetched as null. */
export const SEQUENCE_OUTPUT = 'nothing';
const EMPTY_SEQUENCE: GraphNode = {
  op: 'SequenceEmpty',
  inputs: [],
  outputs: [SEQUENCE_OUTPUT],
  attributes: { dtype: 1 },
  flops: 0,
};
const SEQUENCE: ModelOutput = { name: SEQUENCE_OUTPUT, type: 'float32', shape: [], sequence: true };

export type Device = 'cpu' | 'webgpu' | 'cuda';

/** A tensor over the memory of `data`, which is not copied. */
export const tensorOver = (data: HostTensor['data'], shape: readonly number[]): ort.Tensor =>
  new ort.Tensor(elementTypeOf(data), data as Float32Array, [...shape]);

/** A graph as onnxruntime reads it. */
export function modelOf(graph: FinishedGraph): Uint8Array {
  const nodes = [...graph.nodes, EMPTY_SEQUENCE];
  return encodeModel({ ...graph, nodes, outputs: [SEQUENCE, ...graph.outputs] });
}

/** A graph loaded on a device. */
export class Session {
  private readonly session: NativeSession;

  /**
   * @param model from `modelOf`
   * @throws Error from onnxruntime where the device is not usable or the model is invalid
   */
  constructor(model: Uint8Array, device: Device, threads: number) {
    native.initOrt();
    this.session = new native.binding.InferenceSession();
    this.session.loadModel(model.buffer, model.byteOffset, model.byteLength, {
      executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      ...profiling(),
      extra: {
        // A product and its bias in one Gemm writes the bias first and accumulates onto it; a product, then
        // an addition in place, is 3 % faster.
        'optimization.disable_specified_optimizers': 'MatMulAddFusion',
        // Second moments of gradients near 1e-20 are denormal, which the processor handles in microcode: 1 to
        // 3 % of a step. It also holds for JavaScript on this thread: numbers below 2e-308 are 0 from here
        // on.
        'session.set_denormal_as_zero': '1',
        ...(threads === 1 ? { 'session.intra_op.allow_spinning': '0' } : {}),
      },
    });
  }

  /** Fills the preallocated `fetches` in place. */
  run(feeds: Record<string, ort.Tensor>, fetches: Record<string, ort.Tensor | null>): void {
    try {
      const returned = this.session.run(feeds, fetches, {});
      // Only reached if a later binding learns to convert sequences: results were copied, take them over.
      for (const [name, tensor] of Object.entries(fetches)) {
        if (tensor === null) continue;
        const data = returned[name]?.data;
        if (data !== undefined && data !== tensor.data)
          (tensor.data as Float32Array).set(data as Float32Array);
      }
    } catch (error) {
      if (!(error instanceof Error) || error.message !== REFUSAL) throw error;
    }
  }

  /** Writes the profile, where TILTYARD_ORT_PROFILE asked for one. */
  dispose(): void {
    if (process.env['TILTYARD_ORT_PROFILE'] !== undefined) {
      (this.session as NativeSession & { endProfiling(): void }).endProfiling();
    }
    this.session.dispose();
  }
}

/**
 * TILTYARD_ORT_PROFILE=prefix writes onnxruntime's per-node timings to prefix_<date>.json when the engine is
 * disposed.
 */
function profiling(): object {
  const prefix = process.env['TILTYARD_ORT_PROFILE'];
  return prefix === undefined ? {} : { enableProfiling: true, profileFilePrefix: prefix };
}
