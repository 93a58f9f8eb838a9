import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sizeOf } from '../../../harness/engine/tensor.js';
import type { OpenedData } from '../../../harness/inspect/open.js';
import { parameterCount } from '../../../harness/policy/parameter-count.js';
import { SHAPES_ONLY } from '../../../harness/policy/parts.js';
import { transformer } from '../../../harness/policy/transformer.js';
import { refuseOversized } from '../../../harness/run/fits.js';
import type { RunSpec } from '../../../harness/store/spec.js';
import { root } from '../../support.js';

const GIB = 2 ** 30;
const run = (policy: object, batchSize = 16, device = 'cpu'): RunSpec =>
  ({
    label: 'mine',
    algorithm: { name: 'dpo', module: 'dpo', params: { batchSize } },
    policy: { kind: 'transformer', width: 64, layers: 2, heads: 2, ...policy },
    engine: { name: 'onnxruntime', device, threads: 1 },
  }) as unknown as RunSpec;
const opened = (time: number): OpenedData =>
  ({ open: { tokenizer: { vocabSize: 257 } }, data: { shape: { time } } }) as unknown as OpenedData;
const check = (spec: RunSpec, time = 512): Promise<void> =>
  refuseOversized([spec], opened(time), 'x.yaml', 16 * GIB);

test('parameters are counted as the network has them', () => {
  const sizes = { vocabSize: 257, contextLength: 512, width: 24, layers: 3 };
  const body = [
    ...transformer({ ...sizes, heads: 2 })
      .initialBody(SHAPES_ONLY)
      .values(),
  ];
  const { embeddings, positions, blocks } = parameterCount(sizes);
  expect(embeddings + positions + blocks).toBe(body.reduce((n, { shape }) => n + sizeOf(shape), 0));
});
test.each([
  ['a width', run({ width: 1e9 }), 512, 'lower policy.width'],
  ['as many layers', run({ layers: 1e9 }), 512, 'lower policy.layers'],
  ['a context', run({}), 1e9, 'lower dataset.params.maxPromptTokens and maxCompletionTokens'],
  ['a batch', run({}, 1e9), 512, 'stage mine: a batch of 1000000000 rows takes 93 GiB at least'],
])('%s of a thousand million fits no machine', async (_, spec, time, message) => {
  const refused = check(spec, time);
  await expect(refused).rejects.toThrow(message);
  await expect(refused).rejects.toThrow(/this machine has 16 GiB; lower /);
});
test('says how many parameters there are and what they take', async () => {
  // 12 (2^15)^2 + ... in each of two layers, 12 bytes of each.
  await expect(check(run({ width: 2 ** 15 }))).rejects.toThrow(
    'x.yaml: policy: 25,795,919,872 parameters (width 32768, layers 2, 512 tokens) take 288 GiB to train, ' +
      'and this machine has 16 GiB; lower policy.width',
  );
});
test('where adapters train, weights alone are held', async () => {
  const whole = run({ width: 2 ** 15 });
  const lora = { rank: 8, alpha: 16, targets: 'all-linear', rslora: false } as const;
  await expect(check({ ...whole, lora })).rejects.toThrow(/take 96 GiB to train/); // 4 bytes a parameter
});
test('a batch in parts needs room for its gradient too', async () => {
  const whole = run({ width: 2 ** 15 });
  const parts = { ...whole, engine: { ...whole.engine, microBatchRows: 4 } };
  await expect(check(parts)).rejects.toThrow(/take 384 GiB to train/); // 16 bytes a parameter, not 12
});
test('what fits is let be: small ones, tables, checkpoints; of a card the weights alone', async () => {
  await check(run({}));
  await check(run({ kind: 'tabular', width: 1e9 }));
  const checkpoint = { path: join(root, 'test', 'golden', 'tiny-gpt2'), hash: 'h' };
  await check(run({ width: 1e9, checkpoint }));
  await expect(refuseOversized([run({ checkpoint })], opened(64), 'x.yaml', 500_000)).rejects.toThrow(
    'policy.checkpoint: 45,952 parameters take 0.5 MiB to train, and this machine has 0.5 MiB',
  );
  const large = { width: 4096, layers: 8 }; // 1.6 thousand million: 18 GiB, or 6
  await expect(check(run(large))).rejects.toThrow('take 18 GiB to train');
  await check(run(large, 16, 'cuda'));
});
