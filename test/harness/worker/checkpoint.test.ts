import { appendFileSync, cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readModelFolder } from '../../../harness/policy/checkpoint/folder.js';
import { readJsonl } from '../../../harness/store/jsonl.js';
import { readExperiment, type StoredRun } from '../../../harness/store/read.js';
import type { StepRow } from '../../../harness/store/records.js';
import { finishedSmoke, root, temporary, tiltyard } from '../../support.js';

/** Experiments whose policy begins as a Hugging Face checkpoint, on preference pairs from a file. */
const dir = temporary();
const models = ['tiny-gpt2', 'tiny-llama', 'tiny-qwen2'];
const experiment = (
  model: string,
  policy = `{ checkpoint: ./${model} }`,
  tokenizer = `./${model}`,
  limits = 'maxPromptTokens: 24, maxCompletionTokens: 16',
): string => `
name: ${model}
seeds: 1
dataset: { name: jsonl, params: { file: pairs.jsonl, tokenizer: ${tokenizer}, ${limits} } }
policy: ${policy}
collect: { pairs: 32, heldoutPairs: 2 }
stages:
  start: { algorithm: sft, params: { epochs: 0, batchSize: 4 } }
  dpo: { algorithm: dpo, start: start, params: { epochs: 1, batchSize: 4 } }
  reward:
    algorithm: bt-reward
    start: start
    params: { epochs: 1, batchSize: 4, evaluateEvery: 2, normalisationSamples: 8 }
  ppo: { algorithm: ppo-rlhf, start: start, reward: reward, params: { iterations: 2, batchSize: 4 } }
evaluation: { every: 0, prompts: 2, testPrompts: 2 }
checkpointEvery: 2
`;
beforeAll(() => {
  for (const model of models)
    cpSync(join(root, 'test', 'golden', model), join(dir, model), { recursive: true });
  writeFileSync(
    join(dir, 'pairs.jsonl'),
    Array.from(
      { length: 30 },
      (_, i) =>
        `${JSON.stringify({ prompt: `Q ${i}: say`, chosen: ` yes ${i % 7}`, rejected: ` no ${i % 5}` })}\n`,
    ).join(''),
  );
});
const file = (name: string, text: string): string => {
  const path = join(dir, `${name}.yaml`);
  writeFileSync(path, text);
  return path;
};

describe.each(models)('%s', (model) => {
  const out = join(dir, `out-${model}`);
  let runs: readonly StoredRun[];
  const of = (stage: string): StoredRun => runs.find((r) => r.spec.stage === stage)!;
  beforeAll(async () => {
    const { code, stderr } = await tiltyard('run', file(model, experiment(model)), '--out', out);
    expect(code, stderr).toBe(0);
    ({ runs } = readExperiment(out));
  });

  test('policies begin as the checkpoint, to the bit, and every stage trains from it', () => {
    const [given, kept] = [join(dir, model), join(of('start').dir, 'model')].map(
      (folder) => readModelFolder(folder).body,
    ) as [ReturnType<typeof readModelFolder>['body'], ReturnType<typeof readModelFolder>['body']];
    expect([...kept.keys()]).toEqual([...given.keys()]);
    for (const [name, { data }] of given)
      expect(Buffer.from(kept.get(name)!.data.buffer), name).toEqual(
        Buffer.from(Float32Array.from(data).buffer),
      );
    expect(of('dpo').outcome!.startHash).toBe(of('start').outcome!.modelHash);
    expect(of('reward').outcome!.startHash).toBe(of('start').outcome!.modelHash);
    expect(readJsonl<StepRow>(join(of('dpo').dir, 'steps.jsonl'))[0]!.metrics['loss']).toBeCloseTo(
      Math.log(2),
      5,
    );
    for (const stage of ['dpo', 'ppo'])
      expect(of(stage).outcome!.modelHash).not.toBe(of('start').outcome!.modelHash);
  });
  test('what was trained keeps configuration and tokenizer, settings and chat template included', () => {
    const saved = join(of('dpo').dir, 'model');
    const config = (folder: string) =>
      JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as Record<string, unknown>;
    for (const key of ['model_type', 'vocab_size', 'eos_token_id', 'pad_token_id'])
      expect(config(saved)[key], key).toBe(config(join(dir, model))[key]);
    for (const name of ['tokenizer.json', 'tokenizer_config.json', 'chat_template.jinja'])
      expect(existsSync(join(saved, name)), name).toBe(true);
  });
});

describe('a model trained on a world', () => {
  test('starts another experiment on it', async () => {
    const first = join(dir, 'world');
    await finishedSmoke(first);
    const { dir: sft } = readExperiment(first).runs.find((r) => r.spec.stage === 'sft')!;
    const out = join(dir, 'again');
    const { code, stderr } = await tiltyard(
      'run',
      'smoke',
      '--set',
      `policy={checkpoint: ${join(sft, 'model')}}`,
      '--set',
      'stages.base.params.epochs=0',
      '--out',
      out,
    );
    expect(code, stderr).toBe(0);
    const again = readExperiment(out).runs.find((r) => r.spec.stage === 'base')!;
    expect(again.outcome!.modelHash).toBe(
      readExperiment(first).runs.find((r) => r.spec.stage === 'sft')!.outcome!.modelHash,
    );
  });
});

describe('refused with exit code 2, and nothing written', () => {
  test.each<[string, string, RegExp]>([
    [
      'no such folder',
      experiment('tiny-gpt2', '{ checkpoint: ./nowhere }'),
      /nowhere: no config\.json; give a model folder/,
    ],
    [
      'a shape beside it',
      experiment('tiny-gpt2', '{ checkpoint: ./tiny-gpt2, width: 8, layers: 1 }'),
      /policy: width, layers beside checkpoint.*remove them/,
    ],
    [
      'a table',
      experiment('tiny-gpt2', '{ kind: tabular, checkpoint: ./tiny-gpt2 }'),
      /a table has no checkpoint/,
    ],
    [
      'a shape of a table',
      experiment('tiny-gpt2', '{ kind: tabular, width: 8 }'),
      /policy: width of a table, whose size is that of its dataset; remove it, or set policy\.kind/,
    ],
    [
      'another tokenizer',
      experiment('tiny-gpt2', undefined, 'bytes'),
      /set dataset\.params\.tokenizer to the same folder/,
    ],
    [
      'a context too short',
      experiment('tiny-gpt2', undefined, undefined, 'maxPromptTokens: 1000, maxCompletionTokens: 100'),
      new RegExp(
        'reads 128 tokens, the dataset has prompts and completions of up to 1100 together; ' +
          'lower dataset\\.params\\.maxPromptTokens and maxCompletionTokens',
      ),
    ],
  ])('%s', async (name, text, message) => {
    const out = join(dir, `refused ${name}`);
    expect(await tiltyard('run', file(name.replaceAll(' ', '-'), text), '--out', out)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(message),
    });
    expect(existsSync(out)).toBe(false);
  });
  test('a checkpoint that changed after the plan is not gone on with', async () => {
    const out = join(dir, 'changed');
    cpSync(join(dir, 'tiny-gpt2'), join(dir, 'moving'), { recursive: true });
    const path = file('moving', experiment('moving'));
    expect(
      (await tiltyard('run', path, '--set', 'stages.dpo.params.learningRate=1e30', '--out', out)).code,
    ).toBe(1);
    appendFileSync(join(dir, 'moving', 'config.json'), '\n');
    const failed = readExperiment(out).runs.find((r) => r.spec.stage === 'start')!;
    rmSync(join(failed.dir, 'files.json')); // which only a run that has ended has
    writeFileSync(
      join(failed.dir, 'outcome.json'),
      JSON.stringify({ ...failed.outcome, outcome: 'interrupted' }),
    );
    expect(await tiltyard('resume', out)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /policy\.checkpoint: .*moving\/config\.json has changed since .*changed was planned; bring it back/,
      ),
    });
    expect(readExperiment(out).runs.find((r) => r.spec.stage === 'start')!.outcome!.outcome).toBe(
      'interrupted',
    );
  });
});
