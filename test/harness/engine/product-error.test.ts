import { describe, expect, test } from 'vitest';
import type { Engine, Program } from '../../../harness/engine/engine.js';
import { productError, productErrors, rounded } from '../../../harness/engine/product-error.js';
import { reference, traced } from './support.js';

/** The reference, with operands rounded, so that it is a card that takes such products. */
const rounding = (bits: number): Engine => {
  const engine = reference();
  const program = (spec: Parameters<Engine['program']>[0]): Program => {
    const inner = engine.program(spec);
    const run: Program['run'] = (feeds) =>
      inner.run(
        Object.fromEntries(
          Object.entries(feeds).map(([name, { shape, data }]) => [
            name,
            { shape, data: rounded(data as Float32Array, bits) },
          ]),
        ),
      );
    return { run, lastFlops: 0 };
  };
  return Object.assign(Object.create(engine) as Engine, { program });
};

test('rounding keeps so many bits, to the nearest, ties to even', () => {
  const ulp = 2 ** -7;
  const numbers = [
    1,
    1 + ulp * 0.49,
    1 + ulp * 0.5,
    1 + ulp * 1.5,
    1 + ulp * 0.51,
    -(1 + ulp * 0.51),
    0,
    3e38,
  ];
  expect([...rounded(Float32Array.from(numbers), 7)].slice(0, 7)).toEqual([
    1,
    1,
    1,
    1 + 2 * ulp,
    1 + ulp,
    -(1 + ulp),
    0,
  ]);
});

describe('the error of a product', () => {
  test('of float32 is that of adding up', async () => {
    for (const engine of [traced(), reference()]) {
      const { relativeError, ofRounding, isRight } = await productError(engine, 'float32');
      expect(relativeError).toBeGreaterThan(0);
      expect(relativeError).toBeLessThan(1e-6);
      expect([ofRounding, isRight]).toEqual([null, true]);
      engine.dispose();
    }
  });
  test.each([
    ['tf32', 10, 1.5e-4, 4e-4],
    ['bfloat16', 7, 1.2e-3, 3.2e-3],
  ] as const)('of %s is that of rounding operands', async (precision, bits, low, high) => {
    const { relativeError, ofRounding, isRight } = await productError(rounding(bits), precision);
    expect(relativeError).toBeGreaterThan(low);
    expect(relativeError).toBeLessThan(high);
    expect(relativeError / ofRounding!).toBeCloseTo(1, 2);
    expect(isRight).toBe(true);
  });
  test('is said to be wrong where the products are of another precision than was asked for', async () => {
    expect((await productError(rounding(10), 'float32')).isRight).toBe(false); // TF32 that nobody asked for
    expect((await productError(reference(), 'tf32')).isRight).toBe(false); // asked for, and not there
    expect((await productError(rounding(7), 'tf32')).isRight).toBe(false);
  });
});

test('every device that is usable here is asked, the CPU for float32 alone', async () => {
  const rows = await productErrors();
  expect(rows.filter(({ device }) => device === 'cpu')).toEqual([
    expect.objectContaining({ precision: 'float32', engine: 'onnxruntime', isRight: true }),
  ]);
});
