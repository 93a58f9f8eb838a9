import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TiltyardError } from '../../../harness/errors.js';
import { readModelFolder } from '../../../harness/policy/checkpoint/folder.js';
import { verifyModel } from '../../../harness/verify/model.js';
import { traced } from '../engine/support.js';
import { goldenDir } from '../../golden/support.js';

/** Families that are refused, and the field of config.json that the message names; this list only shrinks. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  gemma: /config\.json: model_type 'gemma'/,
  gemma2: /config\.json: model_type 'gemma2'/,
  'gpt-neox-serial': /config\.json: model_type 'gpt_neox'/,
  'llama-dynamic': /config\.json: rotary positions of type 'dynamic'/,
  'llama-linear': /config\.json: rotary positions of type 'linear'/,
  'llama-llama3': /config\.json: rotary positions of type 'llama3'/,
  'llama-yarn': /config\.json: rotary positions of type 'yarn'/,
  mistral: /config\.json: model_type 'mistral'/,
  'mistral-window': /config\.json: model_type 'mistral'/,
  phi3: /config\.json: model_type 'phi3'/,
  pythia: /config\.json: model_type 'gpt_neox'/,
  qwen3: /config\.json: model_type 'qwen3'/,
};

// Made by test/peers/compare_logps.py --families: random weights, values of transformers in float32.
const folder = join(goldenDir, 'families');
const families = readdirSync(folder);

describe.each(families)('%s', (family) => {
  const dir = join(folder, family);
  const refusal = REFUSED[family];
  if (refusal !== undefined) {
    test('is refused by name', () => {
      expect(() => readModelFolder(dir)).toThrow(TiltyardError);
      expect(() => readModelFolder(dir)).toThrow(refusal);
    });
    return;
  }
  test('gives the log-probabilities and greedy continuations of transformers', async () => {
    const checks = (await verifyModel(dir, traced())).filter(({ name }) => !name.startsWith('tokenizer'));
    expect(checks.map(({ name }) => name)).toEqual([
      'logits at the last position',
      'log-probabilities of every token',
      'greedy generation',
    ]);
    // float32 in another order of sums; logits are of the order of 10.
    for (const { name, error, detail } of checks)
      expect(error, `${name}: ${detail}`).toBeLessThanOrEqual(1e-4);
  });
});

test('sixteen families', () => {
  expect(families.length).toBeGreaterThanOrEqual(16);
  expect(Object.keys(REFUSED).filter((family) => !families.includes(family))).toEqual([]);
});
