import { Rng } from '../rng.js';
import type { Engine, Precision } from './engine.js';
import * as ops from './ops.js';
import { createEngine, listEngines } from './select.js';

/** How far a matrix product of an engine is from the exact one. */
export interface ProductError {
  readonly precision: Precision;
  readonly engine: string;
  readonly device: string;
  /** Norm of the difference from the product in float64, over the norm of that. */
  readonly relativeError: number;
  /** What rounding the operands and nothing else gives; null for float32, which rounds none. */
  readonly ofRounding: number | null;
  /** Whether it is what the precision promises: no more than its rounding gives, and no less. */
  readonly isRight: boolean;
}

/** Bits of mantissa that are left of the operands. */
const BITS = { tf32: 10, bfloat16: 7 } as const;
/** A product of so many numbers in float32 is nearer than this; operands of TF32 are not. */
const FLOAT32 = 1e-5;
const SIZE = 192;

/**
 * Takes a product of standard normal numbers, [192, 192] each, in every precision of every device of
 * onnxruntime that is usable here.
 */
export async function productErrors(): Promise<ProductError[]> {
  const rows: ProductError[] = [];
  for (const { name, device, usable } of await listEngines()) {
    if (name !== 'onnxruntime' || !usable) continue;
    for (const precision of device === 'cuda'
      ? (['float32', 'tf32', 'bfloat16'] as const)
      : (['float32'] as const)) {
      const engine = await createEngine({ name, device, threads: 1, precision });
      rows.push(await productError(engine, precision));
      engine.dispose();
    }
  }
  return rows;
}

/** @param engine whose products are said to be of that precision */
export async function productError(engine: Engine, precision: Precision): Promise<ProductError> {
  const [a, b] = [numbers('a'), numbers('b')];
  const shape = [SIZE, SIZE];
  const program = engine.program({
    label: 'product',
    variables: {},
    body: (_, { a: left, b: right }) => ({ outputs: { c: ops.matmul(left!, right!) } }),
  });
  const { c } = await program.run({ a: { shape, data: a }, b: { shape, data: b } });
  const exact = product(a, b);
  const relativeError = distance(Float64Array.from(c!.data), exact);
  const bits = precision === 'float32' ? null : BITS[precision];
  const ofRounding = bits === null ? null : distance(product(rounded(a, bits), rounded(b, bits)), exact);
  const isRight =
    ofRounding === null
      ? relativeError < FLOAT32
      : relativeError > ofRounding / 2 && relativeError < ofRounding * 2;
  return { precision, engine: engine.name, device: engine.device, relativeError, ofRounding, isRight };
}

function numbers(label: string): Float32Array {
  const rng = Rng.fromSeed('product error').split(label);
  return Float32Array.from({ length: SIZE * SIZE }, () => rng.normal());
}

/** In float64. */
function product(a: Float32Array, b: Float32Array): Float64Array {
  const c = new Float64Array(SIZE * SIZE);
  for (let i = 0; i < SIZE; i++)
    for (let k = 0; k < SIZE; k++) {
      const left = a[i * SIZE + k]!;
      for (let j = 0; j < SIZE; j++) c[i * SIZE + j]! += left * b[k * SIZE + j]!;
    }
  return c;
}

/** To the nearest number with so many bits of mantissa, ties to the even one, as the hardware does. */
export function rounded(numbers: Float32Array, bits: number): Float32Array {
  const left = numbers.slice();
  const words = new Uint32Array(left.buffer);
  const dropped = 23 - bits;
  for (const [i, word] of words.entries()) {
    const half = 2 ** (dropped - 1) - 1 + ((word >>> dropped) & 1);
    words[i] = ((word + half) >>> dropped) << dropped;
  }
  return left;
}

function distance(c: Float64Array, exact: Float64Array): number {
  let [difference, norm] = [0, 0];
  for (const [i, value] of exact.entries()) {
    difference += (c[i]! - value) ** 2;
    norm += value ** 2;
  }
  return Math.sqrt(difference / norm);
}
