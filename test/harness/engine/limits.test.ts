import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { mayWriteInPlace } from '../../../harness/engine/onnx/alias.js';
import * as ops from '../../../harness/engine/ops.js';
import { createEngine, listEngines } from '../../../harness/engine/select.js';
import { traceProgram } from '../../../harness/engine/trace/program.js';
import { normal, traced, valueAndGradients } from './support.js';

describe('the traced engine', () => {
  test('names a kernel it does not know and says how to add it', async () => {
    const run = valueAndGradients(traced(), (x) => tf.atanh(x!), [normal('x', [3])], false);
    await expect(run).rejects.toThrow(
      "the traced engine does not know the TensorFlow.js kernel 'Atanh'; " +
        "add it in harness/engine/trace/kernels/ with kernel('Atanh', ...), or run with --engine reference",
    );
  });
  test('refuses to look at a value while tracing', async () => {
    await expect(valueAndGradients(traced(), (x) => tf.scalar(x!.dataSync()[0]!), [normal('x', [3])], false)).rejects.toThrow('a value was read while tracing');
  });
  test('counts operations: 2 m n k for a product, one per element otherwise', () => {
    const feeds = { a: normal('a', [3, 4]), b: normal('b', [4, 5]) };
    const { graph } = traceProgram({ label: 'count', variables: {}, body: (_, f) => ({ outputs: { y: ops.exp(ops.matmul(f['a']!, f['b']!)) } }) }, feeds);
    expect(graph.flops).toBe(2 * 3 * 4 * 5 + 15);
  });
  test('leaves out what no output needs, and makes equal nodes once', () => {
    const feeds = { a: normal('a', [3]) };
    const { graph } = traceProgram({
      label: 'reuse',
      variables: {},
      body(_, { a }) {
        ops.log(a!);
        return { outputs: { y: ops.add(ops.exp(a!), ops.exp(a!)) } };
      },
    }, feeds);
    expect(graph.nodes.map((n) => n.op)).toEqual(['Exp', 'Add']);
  });
  test('writes a variable in place only where every reader has run before', () => {
    const node = (op: string, inputs: string[], outputs: string[]) => ({ op, inputs, outputs, attributes: {}, flops: 0 });
    const graph = (nodes: ReturnType<typeof node>[]) => ({ nodes, inputs: [], outputs: [], initializers: [], flops: 0 });
    const ordered = graph([node('Exp', ['p'], ['g']), node('Sub', ['p', 'g'], ['next'])]);
    expect(mayWriteInPlace(ordered, 'next', new Set(['p']))).toBe(true);
    const late = graph([node('Exp', ['x'], ['g']), node('Sub', ['p', 'g'], ['next']), node('Exp', ['p'], ['y'])]);
    expect(mayWriteInPlace(late, 'next', new Set(['p']))).toBe(false);
    const notElementwise = graph([node('MatMul', ['p', 'x'], ['next'])]);
    expect(mayWriteInPlace(notElementwise, 'next', new Set(['p']))).toBe(false);
  });
  test('a program that reads and writes one variable sees the old value everywhere', async () => {
    const engine = traced();
    const variables = engine.variables(new Map([['p', { shape: [2], data: Float32Array.of(1, 2) }]]));
    const program = engine.program({
      label: 'swap',
      variables: { v: variables },
      body(scope) {
        const { p } = scope.tensors('v');
        return { outputs: { before: ops.mul(p!, 10) }, assign: { v: { p: ops.add(p!, 1) } } };
      },
    });
    for (const start of [1, 2, 3]) expect([...(await program.run({}))['before']!.data]).toEqual([start * 10, (start + 1) * 10]);
    expect([...(await variables.read()).get('p')!]).toEqual([4, 5]);
  });
});

describe('choosing an engine', () => {
  test('every engine and device is listed with a reason', async () => {
    const engines = await listEngines();
    expect(engines.map((e) => `${e.name} ${e.device}`)).toEqual(expect.arrayContaining(['onnxruntime cpu', 'onnxruntime webgpu', 'onnxruntime cuda', 'reference cpu']));
    for (const e of engines) expect(e.reason, `${e.name} ${e.device}`).not.toBe('');
    expect(engines.find((e) => e.name === 'onnxruntime' && e.device === 'cpu')!.usable).toBe(true);
  });
  test('auto says what was missing', async () => {
    const engine = await createEngine('auto', null, 1);
    if (engine.device === 'cpu') expect(engine.reason).toMatch(/not onnxruntime on cuda \(.+\); not tensorflow on .+; not onnxruntime on webgpu \(.+\)/);
    engine.dispose();
  });
  test('refuses unknown names', async () => {
    await expect(createEngine('onnx', null, 1)).rejects.toThrow(/unknown engine 'onnx'/);
    await expect(createEngine('onnxruntime', 'tpu', 1)).rejects.toThrow(/unknown device 'tpu'/);
  });
});
