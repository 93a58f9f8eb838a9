import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import type { Precision, ProgramSpec } from '../../../../harness/engine/engine.js';
import * as ops from '../../../../harness/engine/ops.js';
import { tracingFor } from '../../../../harness/engine/trace/active.js';
import { traceProgram } from '../../../../harness/engine/trace/program.js';
import { normal, traced, valueAndGradients } from '../support.js';

describe('the traced engine', () => {
  test('names a kernel it does not know and says how to add it', async () => {
    const run = valueAndGradients(traced(), (x) => tf.atanh(x!), [normal('x', [3])], false);
    await expect(run).rejects.toThrow(
      "the traced engine does not know the TensorFlow.js kernel 'Atanh'; " +
        "add it in harness/engine/trace/kernels/ with kernel('Atanh', ...), or run with --engine reference",
    );
  });
  test('refuses to look at a value while tracing', async () => {
    await expect(
      valueAndGradients(traced(), (x) => tf.scalar(x!.dataSync()[0]!), [normal('x', [3])], false),
    ).rejects.toThrow('a value was read while tracing');
  });
  test('counts operations: 2 m n k for a product, one per element otherwise', () => {
    const feeds = { a: normal('a', [3, 4]), b: normal('b', [4, 5]) };
    const { graph } = traceProgram(
      {
        label: 'count',
        variables: {},
        body: (_, f) => ({ outputs: { y: ops.exp(ops.matmul(f['a']!, f['b']!)) } }),
      },
      feeds,
    );
    expect(graph.flops).toEqual({ fixed: 2 * 3 * 4 * 5 + 15, varying: [] });
  });
  test('leaves out what no output needs, and makes equal nodes once', () => {
    const feeds = { a: normal('a', [3]) };
    const { graph } = traceProgram(
      {
        label: 'reuse',
        variables: {},
        body(_, { a }) {
          ops.log(a!);
          return { outputs: { y: ops.add(ops.exp(a!), ops.exp(a!)) } };
        },
      },
      feeds,
    );
    expect(graph.nodes.map((n) => n.op)).toEqual(['Exp', 'Add']);
  });
  test('bfloat16 rounds what a product takes, each operand once, and nothing else', () => {
    const feeds = { a: normal('a', [3, 4]), b: normal('b', [4, 5]) };
    const spec: ProgramSpec = {
      label: 'rounded',
      variables: {},
      body: (_, { a, b }) => ({
        outputs: { y: ops.add(ops.matmul(a!, b!), ops.matmul(ops.add(a!, 1), b!)) },
      }),
    };
    const graphFor = (precision: Precision) =>
      tracingFor({ device: 'cuda', precision }, () => traceProgram(spec, feeds).graph);
    const casts = (precision: Precision): unknown[] =>
      graphFor(precision)
        .nodes.filter(({ op }) => op === 'Cast')
        .map(({ attributes }) => attributes['to']);
    expect(casts('float32')).toEqual([]);
    expect(casts('tf32')).toEqual([]);
    expect(casts('bfloat16').sort()).toEqual([1, 1, 16, 16, 16]);
    expect(graphFor('bfloat16').flops).toEqual(graphFor('float32').flops);
  });
});
