import { createHash } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { fileName } from '../../../harness/policy/architecture.js';
import { readModelFolder } from '../../../harness/policy/checkpoint/folder.js';
import { encodeSafetensors } from '../../../harness/policy/checkpoint/safetensors.js';
import { runPaths } from '../../../harness/store/layout.js';
import { readExperiment, type StoredRun } from '../../../harness/store/read.js';
import { root, temporary, tiltyard } from '../../support.js';
import { writeYesAndNo } from './yes-and-no.js';

const golden = join(root, 'test', 'golden');
const dir = temporary();
writeYesAndNo(join(dir, 'pairs.jsonl'));
const short = { batchSize: 8, epochs: 1, learningRate: 0.01 };
/** @param checkpoint what policies begin as */
const experiment = (checkpoint: string, stages: object): object => ({
  name: 'x',
  seeds: 1,
  dataset: {
    name: 'jsonl',
    params: {
      file: join(dir, 'pairs.jsonl'),
      tokenizer: join(golden, 'tiny-gpt2'),
      maxPromptTokens: 16,
      maxCompletionTokens: 8,
    },
  },
  policy: { checkpoint, lora: { rank: 2, alpha: 8, targets: ['c_attn', 'c_fc'] } },
  collect: { pairs: 40, heldoutPairs: 0 },
  evaluation: { every: 0, prompts: 4, testPrompts: 4, samplesPerPrompt: 2 },
  engine: { microBatchRows: 6 },
  stages,
});

async function made(
  name: string,
  draft: object,
): Promise<{ said: string; of: (label: string) => StoredRun }> {
  const file = join(dir, `${name}.json`);
  writeFileSync(file, JSON.stringify(draft));
  const { code, stdout, stderr } = await tiltyard('run', file, '--out', join(dir, name));
  expect(code, `${stdout}${stderr}`).toBe(0);
  const { runs } = readExperiment(join(dir, name));
  return { said: `${stdout}${stderr}`, of: (label) => runs.find(({ spec }) => spec.label === label)! };
}

/** As an outcome has it. */
function hashOf(folder: string): string {
  const { architecture, body, head } = readModelFolder(folder);
  const arrays = new Map([...body].map(([name, array]) => [fileName(architecture, name), array]));
  return createHash('sha256')
    .update(encodeSafetensors(new Map([...arrays, ...(head ?? [])])))
    .digest('hex');
}
const foldersOf = (name: string, { spec }: StoredRun) => runPaths(join(dir, name, 'runs', spec.id));

describe('runs that train adapters', () => {
  let said: string;
  let of: (label: string) => StoredRun;
  beforeAll(async () => {
    const stages = {
      dpo: { algorithm: 'dpo', params: short },
      next: { algorithm: 'ipo', start: 'dpo', params: short },
      reward: {
        algorithm: 'bt-reward',
        params: { ...short, normalisationSamples: 8, heldOut: 0, patience: null },
      },
    };
    ({ said, of } = await made('x', experiment(join(golden, 'tiny-gpt2'), stages)));
  });
  test('say what they train', () => {
    expect(said).toMatch(/policy\.lora: reward, dpo, next train \d adapters of rank 2, [\d,]+ parameters/);
  });
  test.each(['dpo', 'next', 'reward'])('%s: adapters on the start are the model, to the bit', (label) => {
    const run = of(label);
    const { model, adapter } = foldersOf('x', run);
    expect(hashOf(model)).toBe(run.outcome!.modelHash);
    // The adapter names its start by a path from where it lies.
    expect(hashOf(adapter)).toBe(run.outcome!.modelHash);
    expect(run.outcome!.modelHash).not.toBe(run.outcome!.startHash);
    expect(run.outcome!.ledger.trainableCopies).toBe(0);
  });
  test('a stage after them starts from the whole model', () => {
    expect(of('next').outcome!.startHash).toBe(of('dpo').outcome!.modelHash);
  });
  test('what they left is held to its bytes', async () => {
    expect((await tiltyard('verify-store', join(dir, 'x'))).stdout).toContain('is whole');
  });
});

test('a folder of PEFT may be what policies begin as', async () => {
  const start = join(golden, 'lora', 'gpt2-c_attn');
  const { of } = await made('y', experiment(start, { dpo: { algorithm: 'dpo', params: short } }));
  const { outcome, spec } = of('dpo');
  expect(outcome!.startHash).toBe(hashOf(start));
  expect(Object.keys(spec.policy.checkpoint!.files!)).toContain('../../tiny-gpt2/model.safetensors');
  expect(existsSync(join(foldersOf('y', of('dpo')).model, 'adapter_config.json'))).toBe(false);
});
