import { expect, test } from 'vitest';
import type { AlgorithmPlugin } from '../../harness/index.js';
import bt from '../../plugins/bt-reward/plugin.js';
import dpo from '../../plugins/dpo/plugin.js';
import ipo from '../../plugins/ipo/plugin.js';
import grpo from '../../plugins/grpo/plugin.js';
import ppo from '../../plugins/ppo-rlhf/plugin.js';
import raft from '../../plugins/raft/plugin.js';
import rloo from '../../plugins/rloo/plugin.js';
import sft from '../../plugins/sft/plugin.js';
import { bench, erased, toyLanguage, trainAll, withDefaults } from './support.js';

const cases: [string, AlgorithmPlugin, Record<string, unknown>][] = [
  ['sft', erased(sft), { batchSize: 16, epochs: 1 }],
  ['dpo', erased(dpo), { batchSize: 16, epochs: 1, labelSmoothing: 0.1 }],
  ['ipo', erased(ipo), { batchSize: 16, epochs: 1, logps: 'mean' }],
  [
    'bt-reward',
    erased(bt),
    { batchSize: 16, epochs: 1, penalty: 0.01, clampDifference: 5, centering: 0.01, normalisationSamples: 8 },
  ],
  ['ppo-rlhf', erased(ppo), { batchSize: 8, iterations: 1, epochs: 3, minibatches: 1, learningRate: 3e-3 }],
  ['rloo', erased(rloo), { batchSize: 4, iterations: 1, updates: 3, learningRate: 3e-3 }],
  ['grpo', erased(grpo), { batchSize: 4, iterations: 1, updates: 3, learningRate: 3e-3 }],
  [
    'grpo, as published',
    erased(grpo),
    { batchSize: 4, iterations: 1, updates: 3, scaleRewards: 'group', average: 'sequence' },
  ],
  [
    'grpo, tokens and the KL corrected',
    erased(grpo),
    { batchSize: 4, iterations: 1, updates: 3, average: 'token', klLoss: 'corrected', beta: 0.5 },
  ],
  ['raft', erased(raft), { batchSize: 8, iterations: 1, epochs: 3, learningRate: 3e-3 }],
  [
    'ppo-rlhf, shared body',
    erased(ppo),
    { batchSize: 8, iterations: 1, epochs: 3, minibatches: 1, learningRate: 3e-3, value: 'head' },
  ],
];

// Sums in another order: float32 forward passes differ by about 1e-6, and three small Adam steps barely
// amplify that.
test.each(cases)('%s: the traced engine follows the reference', async (_, plugin, given) => {
  const params = withDefaults(plugin, given);
  const [traced, reference] = [
    await trainAll(plugin, bench(plugin, toyLanguage()), params),
    await trainAll(plugin, bench(plugin, toyLanguage(), { engine: 'reference' }), params),
  ];
  expect(traced.length).toBe(reference.length);
  traced.forEach((step, i) => {
    expect(Object.keys(step)).toEqual(Object.keys(reference[i]!));
    for (const [name, value] of Object.entries(step)) {
      // Before the first update every margin is 0 up to rounding, and its sign is a coin.
      if (name === 'rewards/accuracies' && i === 0) continue;
      expect(Math.abs(value - reference[i]![name]!), `${name} at step ${i + 1}`).toBeLessThan(
        2e-4 * Math.max(1, Math.abs(value)),
      );
    }
  });
});
