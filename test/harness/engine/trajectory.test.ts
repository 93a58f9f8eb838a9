import { beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../../../harness/engine/engine.js';
import * as ops from '../../../harness/engine/ops.js';
import { type HostTensor, Rng } from '../../../harness/index.js';
import { Meter } from '../../../harness/metrics/meter.js';
import { packBatch } from '../../../harness/policy/batch.js';
import { NetworkModule } from '../../../harness/policy/module.js';
import { ModuleTrainer } from '../../../harness/policy/trainer.js';
import { transformer } from '../../../harness/policy/transformer.js';
import { hasAdapter, hasTensorflow, reference, tensorflow, traced } from './support.js';

const V = 11;
const shape = { time: 9, completion: 5, padId: 0, eosId: 1 };
const architecture = transformer({ vocabSize: V, contextLength: 9, width: 16, layers: 2, heads: 4 });

/** A logistic loss on pairs: fixed small batches, different every step. */
async function trajectory(
  engine: Engine,
  steps: number,
  learningRate: number,
): Promise<{ losses: number[]; norms: number[]; weights: Map<string, HostTensor> }> {
  const module = new NetworkModule(
    'policy',
    engine,
    architecture,
    engine.variables(architecture.initialBody(Rng.fromSeed('trajectory'))),
    null,
    shape,
    new Meter(),
    true,
  );
  const trainer = new ModuleTrainer(
    'trajectory',
    {
      modules: { policy: module },
      feeds: { tokens: 'tokens' },
      optimizer: { learningRate, weightDecay: 0.01, warmupSteps: 5, schedule: 'cosine', totalSteps: steps },
      loss: (nets, { tokens }) => {
        const [chosen, rejected] = ops.halves(ops.sum(nets['policy']!.tokenLogps(tokens), 1));
        return { loss: ops.mean(ops.neg(ops.logSigmoid(ops.mul(ops.sub(chosen, rejected), 0.3)))) };
      },
    },
    new Meter(),
  );
  const rng = Rng.fromSeed('batches');
  const losses: number[] = [];
  const norms: number[] = [];
  for (let step = 0; step < steps; step++) {
    const tokens = (n: number, from = 2, to = V): number[] =>
      Array.from({ length: n }, () => from + rng.int(to - from));
    // Chosen completions (the first half) use small tokens, rejected ones large.
    const row = (i: number) => ({
      prompt: tokens(1 + rng.int(4)),
      completion: [...(i < 3 ? tokens(1 + rng.int(4), 2, 7) : tokens(1 + rng.int(4), 6)), 1],
    });
    const metrics = await trainer.step({
      tokens: packBatch(
        Array.from({ length: 6 }, (_, i) => row(i)),
        shape,
      ),
    });
    losses.push(metrics['loss']!);
    norms.push(metrics['grad_norm']!);
  }
  return { losses, norms, weights: await module.arrays() };
}

const relative = (a: number, b: number): number => Math.abs(a - b) / Math.max(1e-3, Math.abs(b));

/**
 * Largest difference of a weight in units of the learning rate: AdamW moves every weight by about that much a
 * step.
 */
function inSteps(
  a: ReadonlyMap<string, HostTensor>,
  b: ReadonlyMap<string, HostTensor>,
  learningRate: number,
): number {
  let worst = 0;
  for (const [name, { data }] of b)
    data.forEach((y, i) => {
      worst = Math.max(worst, Math.abs(a.get(name)!.data[i]! - y) / learningRate);
    });
  return worst;
}

/*
 * Tolerances. One float32 step differs by rounding, 1e-6 relative. AdamW divides by the root of the second
 * moment, so where a gradient is itself rounding noise (its true value 0) the update is +-1 learning rate
 * whatever its size, and the two engines' signs there are unrelated: weights may part by a step or so, while
 * loss and gradient norm, which such weights do not touch, stay together to 1e-4 over 50 steps.
 */
const STEPS = 50;
const RATE = 1e-3;
let want: Awaited<ReturnType<typeof trajectory>>;
beforeAll(async () => {
  want = await trajectory(reference(), STEPS, RATE);
});

function close(got: Awaited<ReturnType<typeof trajectory>>): void {
  got.losses.forEach((loss, i) =>
    expect(relative(loss, want.losses[i]!), `loss at step ${i + 1}`).toBeLessThan(1e-4),
  );
  got.norms.forEach((norm, i) =>
    expect(relative(norm, want.norms[i]!), `gradient norm at step ${i + 1}`).toBeLessThan(1e-3),
  );
  expect(inSteps(got.weights, want.weights, RATE)).toBeLessThan(2);
  expect(want.losses.at(-1)!).toBeLessThan(want.losses[0]!);
}

describe('50 training steps', () => {
  test('traced on the CPU equals the reference', async () => close(await trajectory(traced(), STEPS, RATE)));
  test('a wrong learning rate would be noticed', async () => {
    const other = await trajectory(traced(), 10, RATE * 1.05);
    expect(other.losses.some((loss, i) => relative(loss, want.losses[i]!) > 1e-4)).toBe(true);
  });
  test('twice the same engine: the same bytes', async () => {
    const [a, b] = [await trajectory(traced(), 10, RATE), await trajectory(traced(), 10, RATE)];
    expect(a).toEqual(b);
  });
});

const skipped = hasAdapter ? '' : " (skipped: no SwiftShader; it comes with Debian's chromium)";
describe(`WebGPU on a software adapter${skipped}`, () => {
  test.skipIf(!hasAdapter)(
    '50 training steps equal the reference',
    async () => close(await trajectory(traced('webgpu'), STEPS, RATE)),
    300_000,
  );
});
const left = hasTensorflow ? '' : ' (skipped: no binding; test/tensorflow/check.mjs builds it)';
describe(`TensorFlow${left}`, () => {
  test.skipIf(!hasTensorflow)('50 training steps equal the reference', async () =>
    close(await trajectory(tensorflow(), STEPS, RATE)),
  );
});
