import { createRequire } from 'node:module';
import * as ort from 'onnxruntime-node';
import type { FinishedGraph } from '../trace/graph.js';

/**
 * A thin, synchronous wrapper of onnxruntime-node's session, for two reasons (measured, onnxruntime-node 1.30.0):
 * the public `run` waits for a timer tick before each call (27 us against 4 us), and the binding copies every output
 * into a new array even where the caller preallocated it (about 9 ms per million parameters of AdamW state).
 * The copy happens while outputs are converted to JavaScript, in order; so the first output of every graph here is an
 * empty sequence, which the binding refuses to convert *after* the run has filled all preallocated outputs. That
 * refusal, and nothing else, is caught. `copiesAvoided` tells whether the trick holds (tested at start-up).
 */
interface NativeSession {
  loadModel(buffer: ArrayBufferLike, byteOffset: number, byteLength: number, options: object): void;
  run(feeds: Record<string, ort.Tensor>, fetches: Record<string, ort.Tensor | null>, options: object): Record<string, ort.Tensor>;
  dispose(): void;
}
const require = createRequire(import.meta.url);
const native = require('onnxruntime-node/dist/binding') as { binding: { InferenceSession: new () => NativeSession }; initOrt(): void };

const REFUSAL = 'Non tensor type is temporarily not supported.';
export const SEQUENCE_OUTPUT = 'nothing';

export type Device = 'cpu' | 'webgpu' | 'cuda';

export class Session {
  private readonly session: NativeSession;

  /** @throws Error from onnxruntime where the device is not usable or the model is invalid */
  constructor(graph: FinishedGraph, device: Device, threads: number) {
    native.initOrt();
    this.session = new native.binding.InferenceSession();
    this.session.loadModel(graph.bytes.buffer, graph.bytes.byteOffset, graph.bytes.byteLength, {
      executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      ...profiling(),
      extra: {
        // A product and its bias in one Gemm writes the bias first and accumulates onto it; product, then addition in place is 3 % faster.
        'optimization.disable_specified_optimizers': 'MatMulAddFusion',
        // Second moments of gradients near 1e-20 are denormal, which the processor handles in microcode: 1 to 3 % of a step.
        // It also holds for JavaScript on this thread: numbers below 2e-308 are 0 from here on.
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
        if (data !== undefined && data !== tensor.data) (tensor.data as Float32Array).set(data as Float32Array);
      }
    } catch (error) {
      if (!(error instanceof Error) || error.message !== REFUSAL) throw error;
    }
  }

  /** Writes the profile, where TILTYARD_ORT_PROFILE asked for one. */
  dispose(): void {
    if (process.env['TILTYARD_ORT_PROFILE'] !== undefined) (this.session as NativeSession & { endProfiling(): void }).endProfiling();
    this.session.dispose();
  }
}

/** TILTYARD_ORT_PROFILE=prefix writes onnxruntime's per-node timings to prefix_<date>.json when the engine is disposed. */
function profiling(): object {
  const prefix = process.env['TILTYARD_ORT_PROFILE'];
  return prefix === undefined ? {} : { enableProfiling: true, profileFilePrefix: prefix };
}

export { ort };
