import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { OpenedData } from '../../../harness/inspect/open.js';
import { readModelFolder } from '../../../harness/policy/checkpoint/folder.js';
import { adaptersInWords } from '../../../harness/run/adapters.js';
import type { LoraSpec, RunSpec } from '../../../harness/store/spec.js';
import { root } from '../../support.js';

const opened = {
  open: { tokenizer: { vocabSize: 10 } },
  data: { shape: { time: 8 } },
} as unknown as OpenedData;
const run = (stage: string, lora?: Partial<LoraSpec>): RunSpec =>
  ({
    stage,
    policy: { kind: 'transformer', width: 8, layers: 2, heads: 2 },
    ...(lora === undefined
      ? {}
      : { lora: { rank: 2, alpha: 4, targets: 'all-linear', rslora: false, ...lora } }),
  }) as unknown as RunSpec;

test('says which stages train adapters, and how many parameters these have', async () => {
  const runs = [run('base'), run('mine', {}), run('mine', {}), run('yours', {})];
  // Two layers of r (in + out): 2 ((8 + 24) + (8 + 8) + (8 + 32) + (32 + 8)).
  expect(await adaptersInWords(runs, opened, null)).toBe(
    'policy.lora: mine, yours train 8 adapters of rank 2, 512 parameters, on what they start from',
  );
});
test('nothing where none does', async () => {
  expect(await adaptersInWords([run('base')], opened, null)).toBeNull();
});
test('targets that a checkpoint does not have are refused before any run', async () => {
  const { architecture } = readModelFolder(join(root, 'test', 'golden', 'tiny-llama'));
  await expect(adaptersInWords([run('mine', { targets: ['c_attn'] })], opened, architecture)).rejects.toThrow(
    /no linear module is called 'c_attn'; this model has q_proj, k_proj, v_proj, o_proj, gate_proj/,
  );
});
