import { describe, expect, test } from 'vitest';
import * as nn from '../../../harness/engine/nn/index.js';
import type { Tensor } from '../../../harness/engine/ops.js';
import * as ops from '../../../harness/engine/ops.js';
import type { HostTensor } from '../../../harness/index.js';
import {
  hasAdapter,
  hasTensorflow,
  gelu,
  farthest,
  int32,
  normal,
  reference,
  tensorflow,
  traced,
  valueAndGradients,
} from './support.js';

type Case = readonly [
  name: string,
  f: (...xs: ops.Tensor[]) => ops.Tensor,
  inputs: readonly HostTensor[],
  differentiable?: boolean,
];

const a = normal('a', [3, 4]);
const b = normal('b', [3, 4]);
const row = normal('row', [4]);
const column = normal('column', [3, 1]);
const positive = { ...a, data: (a.data as Float32Array).map((x) => Math.abs(x) + 0.5) };
const cube = normal('cube', [2, 3, 4]);
const extreme: HostTensor = { shape: [6], data: Float32Array.of(-1e4, -50, -1e-4, 0, 50, 1e4) };

const BEFORE = [0, 5, 3];
/** A cache [3, H, S, dh]: what lies behind a row's tokens has no meaning, and is 0 here. */
function pastOnly(label: string, shape: readonly [number, number, number, number]): HostTensor {
  const [, heads, slots, size] = shape;
  const { data } = normal(label, shape);
  data.forEach((_, i) => {
    const row = Math.floor(i / (heads * slots * size));
    if (Math.floor(i / size) % slots >= BEFORE[row]!) data[i] = 0;
  });
  return { shape, data };
}

/** One step of decoding: heads of whole vectors and not, a window, a cap; and the new caches. */
function attentionCases(): [string, (...xs: Tensor[]) => Tensor, HostTensor[], boolean][] {
  const flat = (x: Tensor): Tensor => ops.reshape(x, [x.size]);
  return (
    [
      [8, {}],
      [8, { window: 3 }],
      [8, { window: 2, softcap: 0.5 }],
      [4, {}],
      [4, { window: 3, softcap: 0.5 }],
    ] as const
  ).map(([size, options]) => [
    `attendNewest, heads of ${size}, ${JSON.stringify(options)}`,
    (q, k, v, keys, values, before) => {
      const made = nn.attendNewest(
        { q: q!, k: k!, v: v! },
        { keys: keys!, values: values! },
        before!,
        options,
      );
      return ops.concat([made.attended, made.keys, made.values].map(flat));
    },
    [
      normal('q', [3, 4, size]),
      normal('k', [3, 4, size]),
      normal('v', [3, 4, size]),
      pastOnly('keys', [3, 4, 6, size]),
      pastOnly('values', [3, 4, 6, size]),
      int32(...BEFORE),
    ],
    false,
  ]);
}

const cases: Case[] = [
  ['add, broadcast row', (x, y) => ops.add(x, y), [a, row]],
  ['sub, broadcast column', (x, y) => ops.sub(x, y), [a, column]],
  ['mul, broadcast both ways', (x, y) => ops.mul(x, y), [column, row]],
  ['div', (x, y) => ops.div(x, y), [a, positive]],
  ['minimum', (x, y) => ops.minimum(x, y), [a, b]],
  ['maximum', (x, y) => ops.maximum(x, y), [a, b]],
  ['numbers on either side', (x) => ops.sub(3, ops.div(ops.add(ops.mul(x, 2), 1), 4)), [a]],
  ['neg', ops.neg, [a]],
  ['exp', ops.exp, [a]],
  ['log', ops.log, [positive]],
  ['abs', ops.abs, [a]],
  ['square', ops.square, [a]],
  ['sqrt', ops.sqrt, [positive]],
  ['sigmoid', ops.sigmoid, [a]],
  ['sigmoid, extremes', ops.sigmoid, [extreme]],
  ['tanh', ops.tanh, [a]],
  ['tanh, extremes', ops.tanh, [extreme]],
  ['erf', ops.erf, [a]],
  ['softplus', ops.softplus, [a]],
  ['softplus, extremes', ops.softplus, [extreme]],
  ['logSigmoid, extremes', ops.logSigmoid, [extreme]],
  ['relu', ops.relu, [a]],
  ['clip', (x) => ops.clip(x, -0.5, 0.7), [a]],
  ['sum of all', (x) => ops.sum(x), [cube]],
  ['sum over an axis', (x) => ops.sum(x, 1), [cube]],
  ['sum over two axes, kept', (x) => ops.sum(x, [0, 2], true), [cube]],
  ['mean', (x) => ops.mean(x, -1, true), [cube]],
  ['max over an axis', (x) => ops.max(x, 1), [a], false],
  ['maskedMean', (x, m) => ops.maskedMean(x, ops.greater(m, 0)), [a, b]],
  ['reshape', (x) => ops.reshape(x, [6, 4]), [cube]],
  ['transpose', (x) => ops.transpose(x, [2, 0, 1]), [cube]],
  ['transpose, default', (x) => ops.transpose(x), [a]],
  ['slice', (x) => ops.slice(x, [0, 1, 2], [2, 2, 2]), [cube]],
  ['concat', (x, y) => ops.concat([x, y, x], 1), [a, b]],
  ['halves', (x) => ops.mul(...ops.halves(x)), [normal('pairs', [4, 3])]],
  ['gather rows, repeated', (x, i) => ops.gather(x, i), [a, int32(2, 0, 2, 1)]],
  ['greater', (x, y) => ops.greater(x, y), [a, b]],
  ['greaterEqual of equals', (x) => ops.greaterEqual(x, x), [a]],
  ['stopGradient', (x) => ops.mul(ops.stopGradient(x), x), [a]],
  ['matmul', (x, y) => ops.matmul(x, y), [a, normal('m', [4, 5])]],
  [
    'matmul, both transposed',
    (x, y) => ops.matmul(x, y, true, true),
    [normal('ta', [4, 3]), normal('tb', [5, 4])],
  ],
  // Large enough for the transposed copies of weight gradients: of the left side, then of the right side and
  // the result.
  [
    'matmul, first transposed, wide',
    (x, y) => ops.mul(ops.matmul(x, y, true), 0.05),
    [normal('wl', [160, 96]), normal('wr', [160, 320])],
  ],
  [
    'matmul, first transposed, tall',
    (x, y) => ops.mul(ops.matmul(x, y, true), 0.05),
    [normal('tl', [320, 400]), normal('tr', [320, 40])],
  ],
  [
    'matmul, batched, second transposed',
    (x, y) => ops.matmul(x, y, false, true),
    [cube, normal('n', [2, 5, 4])],
  ],
  ['softmax', ops.softmax, [a]],
  ['softmax, extremes', ops.softmax, [{ shape: [2, 3], data: extreme.data }]],
  ['oneHot', (i) => ops.oneHot(i, 4), [int32(3, 0, 1)], false],
  ['padMiddle', (x) => ops.padMiddle(x, 5), [cube]],
  ['sortDescending', ops.sortDescending, [normal('sorted', [7])]],
  ['constant', (x) => ops.mul(x, ops.constant(Float32Array.of(1, -2, 3, 4), [4])), [a]],
  ['int and range', () => ops.mul(ops.range(4), ops.int(3)), [a], false],
  ['layerNorm', (x, s, o) => nn.layerNorm(x, s, o, 1e-5), [a, row, normal('offset', [4])]],
  ['gelu', gelu, [a]],
  ['gelu, extremes', gelu, [extreme]],
  ['causalAttention', (x) => nn.causalAttention(x, 2, 3, 2), [normal('qkv', [6, 12])]],
  [
    'causalAttention, a window and a cap',
    (x) => nn.causalAttention(x, 2, 3, 2, { window: 2, softcap: 0.5 }),
    [normal('qkv', [6, 12])],
  ],
  ['logProbOf', (x, i) => nn.logProbOf(x, i), [a, int32(3, 0, 3)]],
  ['entropyOf', nn.entropyOf, [a]],
  ['klOf', nn.klOf, [a, b], false],
  ['takeAlong', (x, i) => nn.takeAlong(x, i), [a, int32(1, 1, 2)], false],
  ...attentionCases(),
  ['replaceRows', (x, i, r) => nn.replaceRows(x, i, r), [cube, int32(1), normal('rows', [1, 3, 4])], false],
];

const devices = [
  ['cpu', true, () => traced(), ''],
  ['webgpu', hasAdapter, () => traced('webgpu'), "no software adapter; it comes with Debian's chromium"],
  ['tensorflow', hasTensorflow, tensorflow, 'no binding; test/tensorflow/check.mjs builds it'],
] as const;

describe.each(devices)(
  'an engine equals the reference, value and gradient: %s',
  (device, present, made, lacks) => {
    // All are float32; sums run in another order and exp, log and tanh are approximated differently: a few
    // units in the last place (1.2e-7) per operation.
    const engine = present ? made() : undefined;
    for (const [name, f, inputs, differentiable] of cases) {
      test.skipIf(!present)(`${name}${present ? '' : ` (skipped: ${lacks})`}`, async () => {
        const want = await valueAndGradients(reference(), f, inputs, differentiable);
        // WebGPU gives the places of a sort as int64, which it cannot cast: that goes through the host.
        const isSorted = name === 'sortDescending' && device === 'webgpu';
        const its = isSorted ? traced(device, false) : engine!;
        const got = await valueAndGradients(its, f, inputs, differentiable);
        expect(Object.keys(got)).toEqual(Object.keys(want));
        for (const [output, value] of Object.entries(want))
          expect(farthest(got[output]!, value), output).toBeLessThan(5e-6);
      });
    }
  },
);

describe('the list of cases', () => {
  test('the comparison itself can fail', async () => {
    const [x, y] = [
      await valueAndGradients(reference(), (t) => ops.mul(t, 2), [a]),
      await valueAndGradients(traced(), (t) => ops.mul(t, 2.001), [a]),
    ];
    expect(farthest(x['value']!, y['value']!)).toBeGreaterThan(1e-5);
  });
  test('every function of the facade is in the list above', () => {
    const text = cases.map(([name, f]) => `${name} ${f.toString()} ${f.name}`).join(' ');
    for (const name of Object.keys(ops)) expect(text, `ops.${name} has no case`).toContain(name);
  });
});
