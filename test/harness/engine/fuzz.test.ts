import { describe, expect, test } from 'vitest';
import * as nn from '../../../harness/engine/nn/index.js';
import * as ops from '../../../harness/engine/ops.js';
import { type HostTensor, Rng } from '../../../harness/index.js';
import { gelu, reference, traced, valueAndGradients } from './support.js';

/*
 * Random compositions of the facade, traced against the reference: values and gradients. FUZZ=20000 runs
 * more, FUZZ_FROM starts elsewhere; a failure names its case and lists its operations, so that it can be run
 * alone.
 */
const CASES = Number(process.env['FUZZ'] ?? 1000);
const FROM = Number(process.env['FUZZ_FROM'] ?? 0);
const BATCH = 50;

type Step = (x: ops.Tensor, others: readonly ops.Tensor[], rng: Rng) => [string, ops.Tensor];
const rank = (x: ops.Tensor): number => x.shape.length;
const flat = (x: ops.Tensor): ops.Tensor => ops.reshape(x, [x.size]);
/** A matrix [n, m] of the same numbers. */
const matrix = (x: ops.Tensor): ops.Tensor => ops.reshape(x, [x.size / x.shape.at(-1)!, x.shape.at(-1)!]);
/** Values of moderate size: what follows stays far from overflow and its gradients from rounding. */
const tame = (x: ops.Tensor): ops.Tensor => ops.mul(ops.sub(ops.sigmoid(x), 0.5), 3);
/** Another input made to broadcast against x. */
const partner = (x: ops.Tensor, others: readonly ops.Tensor[], rng: Rng): ops.Tensor => {
  const y = flat(rng.pick(others));
  const n = x.shape.at(-1) ?? 1;
  const row = ops.slice(y, [0], [Math.min(n, y.size)]);
  const full =
    row.size === n
      ? row
      : ops.slice(ops.concat(Array.from({ length: Math.ceil(n / row.size) }, () => row)), [0], [n]);
  return rng.bernoulli(0.5) || rank(x) === 0 ? (rank(x) === 0 ? ops.sum(full) : full) : ops.sum(full);
};
const indices = (n: number, below: number, rng: Rng): ops.Tensor => {
  const picked = Array.from({ length: n }, () => rng.int(below));
  // Through the facade: an int32 vector from int32 scalars.
  return ops.concat(picked.map((i) => ops.reshape(ops.int(i), [1])));
};

const steps: Step[] = [
  (x, o, r) => ['add', ops.add(x, partner(x, o, r))],
  (x, o, r) => ['sub', ops.sub(partner(x, o, r), x)],
  (x, o, r) => ['mul', ops.mul(x, partner(x, o, r))],
  (x, o, r) => ['div', ops.div(x, ops.add(ops.square(partner(x, o, r)), 0.5))],
  (x, o, r) => ['minimum', ops.minimum(x, partner(x, o, r))],
  (x, o, r) => ['maximum', ops.maximum(x, partner(x, o, r))],
  (x) => ['neg', ops.neg(x)],
  (x) => ['exp', ops.exp(tame(x))],
  (x) => ['log', ops.log(ops.add(ops.square(x), 0.3))],
  (x) => ['abs', ops.abs(x)],
  (x) => ['square', ops.square(tame(x))],
  (x) => ['sqrt', ops.sqrt(ops.add(ops.square(x), 0.2))],
  (x) => ['sigmoid', ops.sigmoid(x)],
  (x) => ['softplus', ops.softplus(x)],
  (x) => ['logSigmoid', ops.logSigmoid(x)],
  (x) => ['relu', ops.relu(x)],
  (x) => ['clip', ops.clip(x, -0.83, 0.91)],
  (x) => ['gelu', gelu(x)],
  (x) => ['tame', tame(x)],
  (x) => ['stopGradient', ops.add(ops.mul(ops.stopGradient(x), 0.5), x)],
  (x, _, r) => (rank(x) === 0 ? ['keep', x] : ['sum', ops.sum(x, r.int(rank(x)), r.bernoulli(0.5))]),
  (x, _, r) => (rank(x) === 0 ? ['keep', x] : ['mean', ops.mean(x, r.int(rank(x)), r.bernoulli(0.5))]),
  (x) => [
    'maskedMean',
    ops.maskedMean(
      flat(x),
      ops.constant(
        Float32Array.from({ length: x.size }, (_, i) => i % 2),
        [x.size],
      ),
    ),
  ],
  (x) => ['matrix', rank(x) === 0 ? x : matrix(x)],
  (x, _, r) =>
    rank(x) < 2
      ? ['keep', x]
      : ['transpose', ops.transpose(x, r.shuffle(Array.from({ length: rank(x) }, (_, i) => i)))],
  (x, _, r) => {
    if (rank(x) === 0) return ['keep', x];
    const begin = x.shape.map((d) => r.int(d));
    return [
      'slice',
      ops.slice(
        x,
        begin,
        x.shape.map((d, i) => 1 + r.int(d - begin[i]!)),
      ),
    ];
  },
  (x, _, r) =>
    rank(x) === 0 || x.size > 60 ? ['keep', x] : ['concat', ops.concat([x, ops.mul(x, 0.7)], r.int(rank(x)))],
  (x) => (rank(x) === 0 || x.shape[0]! % 2 === 1 ? ['keep', x] : ['halves', ops.mul(...ops.halves(x))]),
  (x, _, r) =>
    rank(x) === 0 ? ['keep', x] : ['gather', ops.gather(x, indices(1 + r.int(4), x.shape[0]!, r))],
  (x) => {
    if (rank(x) === 0) return ['keep', x];
    const m = tame(matrix(x));
    return ['matmul', ops.matmul(m, m, false, true)];
  },
  (x) => {
    if (rank(x) === 0) return ['keep', x];
    const m = tame(matrix(x));
    return ['matmul, first transposed', ops.matmul(m, ops.add(m, 0.3), true)];
  },
  (x) => (rank(x) === 0 ? ['keep', x] : ['softmax', ops.softmax(x)]),
  (x) => {
    if (rank(x) === 0 || x.shape.at(-1)! < 2) return ['keep', x];
    const D = x.shape.at(-1)!;
    return [
      'layerNorm',
      nn.layerNorm(
        matrix(
          ops.mul(
            x,
            ops.constant(
              Float32Array.from({ length: D }, (_, i) => 1 + i),
              [D],
            ),
          ),
        ),
        ops.add(ops.mul(ops.constant(new Float32Array(D).fill(1), [D]), 0.9), 0),
        ops.constant(new Float32Array(D).fill(0.1), [D]),
        1e-2,
      ),
    ];
  },
  (x, _, r) => {
    if (rank(x) === 0) return ['keep', x];
    const m = matrix(x);
    if (m.shape[1]! < 2) return ['keep', x];
    return ['logProbOf', nn.logProbOf(tame(m), indices(m.shape[0]!, m.shape[1]!, r))];
  },
  (x) => (rank(x) === 0 ? ['keep', x] : ['entropyOf', nn.entropyOf(tame(matrix(x)))]),
  (x) => ['greater as a weight', ops.mul(x, ops.add(ops.greater(x, 0.05), 0.5))],
  (x) => [
    'sortDescending',
    ops.mul(
      ops.sortDescending(flat(x)),
      ops.constant(
        Float32Array.from({ length: x.size }, (_, i) => 1 / (1 + i)),
        [x.size],
      ),
    ),
  ],
];

/**
 * A program of its own: which steps, and what they were. Called once per engine and trace, so it draws from a
 * fresh generator.
 */
function compose(seed: number): {
  inputs: HostTensor[];
  f: (...xs: ops.Tensor[]) => ops.Tensor;
  names: string[];
} {
  const shapes = Rng.fromSeed('fuzz').split(seed, 'inputs');
  const inputs = Array.from({ length: 2 }, () => {
    const shape = Array.from({ length: shapes.int(4) }, () => 1 + shapes.int(4));
    return {
      shape,
      data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => shapes.normal()),
    };
  });
  const names: string[] = [];
  return {
    inputs,
    names,
    f: (...xs) => {
      const rng = Rng.fromSeed('fuzz').split(seed, 'steps');
      names.length = 0;
      let x = xs[0]!;
      for (let i = 2 + rng.int(6); i > 0; i--) {
        const [name, y] = rng.pick(steps)(x, xs, rng);
        names.push(`${name} [${y.shape.join(', ')}]`);
        x = y;
      }
      return x;
    },
  };
}

/**
 * Relative to the largest number of the array: a small entry beside a large one carries the large one's
 * rounding.
 */
function distance(a: HostTensor, b: HostTensor): number {
  if (a.shape.join() !== b.shape.join()) return Number.POSITIVE_INFINITY;
  let scale = 1;
  for (const y of b.data) scale = Math.max(scale, Math.abs(y));
  let worst = 0;
  b.data.forEach((y, i) => {
    const d = Math.abs(a.data[i]! - y) / scale;
    if (!Number.isNaN(d)) worst = Math.max(worst, d);
    else if (!Object.is(a.data[i], y)) worst = Number.POSITIVE_INFINITY;
  });
  return worst;
}

describe(`${CASES} random compositions: traced equals reference`, () => {
  const eager = reference();
  test.each(Array.from({ length: Math.ceil(CASES / BATCH) }, (_, i) => FROM + i * BATCH))(
    'cases from %d',
    async (from) => {
      const engine = traced();
      for (let seed = from; seed < Math.min(from + BATCH, FROM + CASES); seed++) {
        const { inputs, f, names } = compose(seed);
        const want = await valueAndGradients(eager, f, inputs);
        const got = await valueAndGradients(engine, f, inputs);
        for (const [output, value] of Object.entries(want)) {
          // At most nine float32 operations with sums over a few dozen numbers, each good to 1e-6.
          expect(
            distance(got[output]!, value),
            `case ${seed}, ${output}: ${names.join(' -> ')}`,
          ).toBeLessThan(5e-5);
        }
      }
      engine.dispose();
    },
  );
});
