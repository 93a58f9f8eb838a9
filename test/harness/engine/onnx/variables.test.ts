import { describe, expect, test } from 'vitest';
import { mayWriteInPlace } from '../../../../harness/engine/onnx/alias.js';
import * as ops from '../../../../harness/engine/ops.js';
import { traced } from '../support.js';

describe('variables that are updated in place', () => {
  test('are written only where every reader has run before', () => {
    const node = (op: string, inputs: string[], outputs: string[]) => ({
      op,
      inputs,
      outputs,
      attributes: {},
      flops: 0,
    });
    const graph = (nodes: ReturnType<typeof node>[]) => ({
      nodes,
      inputs: [],
      outputs: [],
      initializers: [],
      flops: 0,
    });
    const ordered = graph([node('Exp', ['p'], ['g']), node('Sub', ['p', 'g'], ['next'])]);
    expect(mayWriteInPlace(ordered, 'next', new Set(['p']))).toBe(true);
    const late = graph([
      node('Exp', ['x'], ['g']),
      node('Sub', ['p', 'g'], ['next']),
      node('Exp', ['p'], ['y']),
    ]);
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
    for (const start of [1, 2, 3])
      expect([...(await program.run({}))['before']!.data]).toEqual([start * 10, (start + 1) * 10]);
    expect([...(await variables.read()).get('p')!]).toEqual([4, 5]);
  });
  test('one that is left as it is, or that another takes over, may be what a program assigns', async () => {
    const engine = traced();
    const named = (name: string, ...values: number[]) =>
      engine.variables(new Map([[name, { shape: [values.length], data: Float32Array.from(values) }]]));
    const [kept, taken] = [named('p', 1, 2), named('q', 3, 4)];
    const program = engine.program({
      label: 'as it is',
      variables: { kept, taken },
      body(scope) {
        const { p } = scope.tensors('kept');
        return { outputs: { p: p! }, assign: { kept: { p: p! }, taken: { q: p! } } };
      },
    });
    expect([...(await program.run({}))['p']!.data]).toEqual([1, 2]);
    expect([...(await kept.read()).get('p')!]).toEqual([1, 2]);
    expect([...(await taken.read()).get('q')!]).toEqual([1, 2]);
  });
});

test('a program without room says what it wanted and what to do', async () => {
  const n = 2 ** 20;
  const row = new Float32Array(n);
  const program = traced().program({
    label: 'wide',
    variables: {},
    body: (_, { a, b }) => ({ outputs: { y: ops.sum(ops.matmul(a!, b!)) } }),
  });
  await expect(
    program.run({ a: { shape: [n, 1], data: row }, b: { shape: [1, n], data: row } }),
  ).rejects.toThrow('program wide: cpu has no room for 4194304 MiB more; halve batchSize');
});
