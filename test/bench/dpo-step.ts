import type { Engine } from '../../harness/engine/engine.js';
import { OnnxEngine, type OnnxOptions } from '../../harness/engine/onnx/engine.js';
import * as ops from '../../harness/engine/ops.js';
import { Meter } from '../../harness/metrics/meter.js';
import type { TokenBatch } from '../../harness/contracts/batches.js';
import type { HostTensor } from '../../harness/engine/tensor.js';
import { packBatch } from '../../harness/policy/batch.js';
import { NetworkModule } from '../../harness/policy/module.js';
import { ModuleTrainer } from '../../harness/policy/trainer.js';
import { transformer } from '../../harness/policy/transformer.js';
import { Rng } from '../../harness/rng.js';

/** One size of the pair-loss training step that is timed here and against PyTorch (test/peers). */
export interface StepSize {
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly pairs: number;
  readonly time: number;
  readonly vocab: number;
}

export const SIZES: readonly StepSize[] = [
  { width: 64, layers: 2, heads: 2, pairs: 8, time: 32, vocab: 128 },
  { width: 128, layers: 4, heads: 4, pairs: 16, time: 64, vocab: 256 },
  { width: 256, layers: 4, heads: 4, pairs: 16, time: 64, vocab: 512 },
  { width: 512, layers: 6, heads: 8, pairs: 8, time: 128, vocab: 1024 },
];

export const nameOf = (s: StepSize): string => `D${s.width}/L${s.layers}/B${s.pairs}/T${s.time}/V${s.vocab}`;

export interface PreparedStep {
  readonly weights: ReadonlyMap<string, HostTensor>;
  readonly batch: TokenBatch;
  readonly refLogps: HostTensor;
  step(): Promise<Record<string, number>>;
  readonly flops: () => number;
  dispose(): void;
}

/**
 * Forward, backward, clip and AdamW on pairs with cached reference log-probabilities; a quarter of each row
 * is prompt, which chosen and rejected share.
 */
export function prepareStep(
  size: StepSize,
  threads: number,
  options: Partial<OnnxOptions> = {},
): PreparedStep {
  const engine: Engine = new OnnxEngine({ device: 'cpu', threads, reason: 'benchmark', ...options });
  const rng = Rng.fromSeed('bench').split(nameOf(size));
  const architecture = transformer({
    vocabSize: size.vocab,
    contextLength: size.time,
    width: size.width,
    layers: size.layers,
    heads: size.heads,
  });
  const weights = architecture.initialBody(rng.split('weights'));
  const policy = engine.variables(weights);
  const prompt = size.time / 4;
  const tokens = (n: number): number[] => Array.from({ length: n }, () => rng.int(size.vocab));
  const shape = { time: size.time, completion: size.time - prompt, padId: 0 };
  const prompts = Array.from({ length: size.pairs }, () => tokens(prompt));
  const rows = [...prompts, ...prompts].map((of) => ({ prompt: of, completion: tokens(size.time - prompt) }));
  const batch = packBatch(rows, shape);
  const refLogps = {
    shape: [2 * size.pairs],
    data: Float32Array.from(
      { length: 2 * size.pairs },
      () => -Math.log(size.vocab) * (size.time - prompt) + rng.normal(),
    ),
  };
  const module = new NetworkModule(
    'policy',
    engine,
    architecture,
    policy,
    null,
    { ...shape, eosId: null },
    new Meter(),
    true,
  );
  const trainer = new ModuleTrainer(
    'bench',
    {
      modules: { policy: module },
      feeds: { tokens: 'tokens', refLogps: 'tensor' },
      optimizer: { learningRate: 1e-4, maxGradNorm: 1 },
      loss: ({ policy }, { tokens, refLogps }) => {
        const ratios = ops.sub(ops.sum(policy!.tokenLogps(tokens), 1), refLogps); // [2B]
        const [chosen, rejected] = ops.halves(ratios);
        return { loss: ops.neg(ops.mean(ops.logSigmoid(ops.mul(ops.sub(chosen, rejected), 0.1)))) };
      },
    },
    new Meter(),
  );
  const feeds = { tokens: batch, refLogps };
  return {
    weights,
    batch,
    refLogps,
    step: () => trainer.step(feeds),
    flops: () => trainer.optimizer.lastFlops,
    dispose: () => engine.dispose(),
  };
}
