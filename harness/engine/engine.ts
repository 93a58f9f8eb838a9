import type { Tensor } from './ops.js';
import { elementTypeOf, type HostTensor } from './tensor.js';

/**
 * In what numbers matrix products are taken; everything else is float32. `tf32` rounds their operands to 10
 * bits of mantissa, `bfloat16` to 7; both add up in float32.
 */
export type Precision = 'float32' | 'tf32' | 'bfloat16';

/**
 * An engine runs programs: pure functions of variables and feeds, written with `ops`. Variables are named
 * float32 arrays that live with the engine and are updated in place; feeds and outputs cross to the host on
 * every run.
 */
export interface Engine {
  readonly name: 'onnxruntime' | 'tensorflow' | 'reference';
  readonly device: string;
  /** Whether sizes may vary from run to run; if not, each is a graph of its own. */
  readonly takesVaryingSizes: boolean;
  /** Why this engine was chosen, one line. */
  readonly reason: string;
  variables(arrays: ReadonlyMap<string, HostTensor>): Variables;
  program(spec: ProgramSpec): Program;
  /**
   * Between two runs of one process: its variables and programs are not used any more; what was compiled may
   * be kept for programs that come to the same.
   */
  rest(): void;
  dispose(): void;
}

/** Arrays of a group in one buffer: all of them, or the small ones. */
export interface FlatLayout {
  /** Numbers in the buffer; between arrays there may be some that belong to none and stay 0. */
  readonly total: number;
  readonly offsets: ReadonlyMap<string, number>;
}

export interface Variables {
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** The arrays that lie in one buffer, and where; null: they all lie apart. */
  readonly flat: FlatLayout | null;
  /** Copies the present values to the host. */
  read(): Promise<Map<string, Float32Array>>;
  /** Overwrites the values; names and sizes must match. */
  write(values: ReadonlyMap<string, Float32Array>): Promise<void>;
}

/** What a program's body sees of its variables. */
export interface Scope {
  /** The named arrays of a group, in declaration order. */
  tensors(group: string): Readonly<Record<string, Tensor>>;
  /** The whole group as one vector; only where the group is flat. */
  flat(group: string): Tensor;
}

/** Key of `assign` for a flat group's single vector. */
export const FLAT = '*';

export interface ProgramSpec {
  readonly label: string;
  readonly variables: Readonly<Record<string, Variables>>;
  /** Outputs may lie in memory that the next run overwrites, so nothing is copied. Default: they may not. */
  readonly lends?: boolean;
  /**
   * Called once per distinct feed shapes, sizes that vary aside (traced engines), or on every run (eager
   * engines).
   */
  body(scope: Scope, feeds: Readonly<Record<string, Tensor>>): ProgramResult;
}

export interface ProgramResult {
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** New values of variables: group -> name (or FLAT) -> tensor of the same size. */
  readonly assign?: Readonly<Record<string, Readonly<Record<string, Tensor>>>>;
}

export interface Program {
  run(feeds: Readonly<Record<string, HostTensor>>): Promise<Record<string, HostTensor>>;
  /** Floating-point operations of the last run, counted from the traced graph. */
  readonly lastFlops: number;
}

/** Feeds of one shape, but for sizes that vary, share a trace. */
export function signature(feeds: Readonly<Record<string, HostTensor>>): string {
  let key = '';
  for (const name in feeds) {
    const { shape, data, varies } = feeds[name]!;
    const sizes = varies === undefined ? shape : shape.map((n, i) => varies[i] ?? n);
    key += `${name}:${elementTypeOf(data)}${sizes.join('x')};`;
  }
  return key;
}
