import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { huggingFaceTokenizer } from '../../harness/policy/tokenizers/huggingface.js';
import type { OpenDataset } from '../../harness/contracts/dataset.js';
import type { AlgorithmPlugin } from '../../harness/index.js';
import type { TokenRow } from '../../harness/policy/batch.js';
import { readModelFolder } from '../../harness/policy/checkpoint/folder.js';
import dpo from '../../plugins/dpo/plugin.js';
import ipo from '../../plugins/ipo/plugin.js';
import { bench, erased, trainAll, withDefaults, type World } from './support.js';
import { golden, goldenDir, relative, type TrlGolden } from '../golden/support.js';

const want = golden<TrlGolden>('trl-dpo.json');
const { architecture, body } = readModelFolder(join(goldenDir, 'tiny-gpt2'));
const reference = readModelFolder(join(goldenDir, 'tiny-gpt2-ref')).body;
const tokenizer = huggingFaceTokenizer(join(goldenDir, 'tiny-gpt2'));
const row = (prompt: string, completion: string): TokenRow => {
  const before = tokenizer.encode(prompt);
  return {
    prompt: before,
    completion: [...tokenizer.encode(prompt + completion).slice(before.length), tokenizer.eosId],
  };
};
const pairs = want.pairs.map((p) => ({
  chosen: row(p.prompt, p.chosen),
  rejected: row(p.prompt, p.rejected),
}));
const world: World = {
  architecture,
  dataset: {
    maxPromptTokens: 20,
    maxCompletionTokens: 60,
    endsWithEos: true,
    tokenizer: tokenizer as OpenDataset['tokenizer'],
  },
  prompts: [[1]],
  pairs,
  weights: { policy: body, reference },
};

/** The plugin's own training, on the pairs in TRL's order: sequential, 4 a step, repeating. */
function train(
  plugin: AlgorithmPlugin,
  params: Record<string, unknown>,
  steps: number,
): Promise<Readonly<Record<string, number>>[]> {
  const optimiser = {
    learningRate: 1e-3,
    schedule: 'constant',
    warmupSteps: 0,
    weightDecay: 0,
    maxGradNorm: 1,
  };
  const data = { batchSize: 4, epochs: Math.ceil((4 * steps) / pairs.length) };
  return trainAll(
    plugin,
    bench(plugin, world, { inOrder: true }),
    { ...withDefaults(plugin), ...optimiser, ...data, ...params },
    steps,
  );
}

const cases = [
  ['sigmoid', erased(dpo), { beta: 0.1 }],
  ['ipo', erased(ipo), { beta: 0.1, logps: 'mean' }],
] as const;

describe('TRL DPOTrainer', () => {
  test('tokenises pairs the same way', () => {
    const rows = [...pairs.slice(0, 4).map((p) => p.chosen), ...pairs.slice(0, 4).map((p) => p.rejected)];
    rows.forEach(({ prompt, completion }, i) => {
      const n = want.batch.attention_mask[i]!.reduce((a, b) => a + b, 0);
      expect([...prompt, ...completion]).toEqual(want.batch.input_ids[i]!.slice(0, n));
      expect(completion.length).toBe(want.batch.completion_mask[i]!.reduce((a, b) => a + b, 0));
    });
  });
  test.each(cases)('%s: loss, gradient norm and metrics of the first batch', async (loss, plugin, params) => {
    const [first] = await train(plugin, params, 1);
    const { loss: value, gradNorm, metrics } = want.losses[loss]!;
    expect(relative(first!['loss']!, value)).toBeLessThan(1e-4);
    expect(relative(first!['grad_norm']!, gradNorm)).toBeLessThan(1e-4);
    for (const name of [
      'rewards/chosen',
      'rewards/rejected',
      'rewards/margins',
      'rewards/accuracies',
      'logps/chosen',
      'logps/rejected',
    ]) {
      expect(relative(first![name]!, metrics[name]!), name).toBeLessThan(2e-4);
    }
  });
  test.each(cases)('%s: 12 AdamW steps', async (loss, plugin, params) => {
    const steps = await train(plugin, params, 12);
    const { loss: losses, gradNorm } = want.trajectory[loss]!;
    // The stored values have five decimals; what is left is float32, 2e-3 relative by step 12.
    steps.forEach((s, i) => {
      expect(relative(s['loss']!, losses[i]!), `loss at step ${i + 1}`).toBeLessThan(2e-3);
      expect(relative(s['grad_norm']!, gradNorm[i]!), `gradient norm at step ${i + 1}`).toBeLessThan(2e-3);
    });
  });
});
