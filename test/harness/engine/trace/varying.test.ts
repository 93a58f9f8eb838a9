import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import type { ProgramSpec } from '../../../../harness/engine/engine.js';
import * as ops from '../../../../harness/engine/ops.js';
import type { HostTensor } from '../../../../harness/engine/tensor.js';
import { traceProgram } from '../../../../harness/engine/trace/program.js';
import { flopsAt, sizesIn } from '../../../../harness/engine/trace/varying.js';
import { reference, traced } from '../support.js';

/** Rows of x in blocks of any length T, each looking at its own: their mean after a softmax. */
const program: ProgramSpec = {
  label: 'blocks',
  variables: {},
  body: (_, { x, rows }) => {
    const block = tf.gather(x!, rows! as tf.Tensor1D); // [2, T, 3]
    const looked = ops.matmul(ops.softmax(ops.matmul(block, block, false, true)), block);
    return { outputs: { y: ops.mean(looked, 1) } };
  },
};
const x: HostTensor = { shape: [6, 3], data: Float32Array.from({ length: 18 }, (_, i) => Math.sin(i)) };
const rowsOf = (T: number, varies: boolean): HostTensor => ({
  shape: [2, T],
  data: Int32Array.from({ length: 2 * T }, (_, i) => (5 * i) % 6),
  ...(varies ? { varies: [null, 'T'] } : {}),
});

describe('sizes that vary from run to run', () => {
  test('have one graph, which computes and counts for each what a graph of its own does', async () => {
    const [varying, fixed] = [traced().program(program), traced().program(program)];
    let graphs = 0;
    const counting = reference().program({
      ...program,
      body: (...of) => {
        graphs++;
        return program.body(...of);
      },
    });
    for (const T of [4, 1, 7, 4]) {
      const found = await varying.run({ x, rows: rowsOf(T, true) });
      const wanted = await fixed.run({ x, rows: rowsOf(T, false) });
      expect(found['y']!.shape).toEqual([2, 3]);
      found['y']!.data.forEach((y, i) => expect(y).toBeCloseTo(wanted['y']!.data[i]!, 6));
      expect(varying.lastFlops).toBe(fixed.lastFlops);
      await counting.run({ x, rows: rowsOf(T, true) });
      expect(counting.lastFlops).toBe(fixed.lastFlops);
    }
    // Four eager runs, and one trace to count their operations.
    expect(graphs).toBe(5);
  });
  test('are counted as what they are', () => {
    const { flops } = traceProgram(program, { x, rows: rowsOf(4, true) }).graph;
    expect(flops.varying.map(({ sizes }) => sizes.length).sort()).toEqual([1, 2]);
    const at = (T: number): number => flopsAt(flops, new Map([['T', T]]));
    // Two products of 2 T^2 3 multiply-adds, 5 a number of the softmax, and the mean's.
    expect(at(10)).toBe(2 * (2 * 2 * 100 * 3) + 5 * 2 * 100 + 2 * 10 * 3);
  });
  test('that would be written into a graph are refused by name', () => {
    const bad: ProgramSpec = {
      ...program,
      body: (_, { x, rows }) => ({ outputs: { y: ops.reshape(tf.gather(x!, rows! as tf.Tensor1D), [24]) } }),
    };
    expect(() => traceProgram(bad, { x, rows: rowsOf(4, true) })).toThrow(/size of|size 'T' varies/);
    const result: ProgramSpec = { ...program, body: (_, { rows }) => ({ outputs: { y: rows! } }) };
    expect(() => traceProgram(result, { x, rows: rowsOf(4, true) })).toThrow(/size 'T' varies/);
  });
  test('of one name are one number', () => {
    expect(() => sizesIn({ a: rowsOf(4, true), b: rowsOf(5, true) })).toThrow(
      "engine: size 'T' is 4 in one feed and 5 in 'b'; give them two names",
    );
  });
});
