import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { readModelFolder } from '../../../harness/policy/checkpoint/folder.js';
import { writeModelFolder } from '../../../harness/policy/checkpoint/write.js';
import { readJson } from '../../../harness/store/atomic.js';
import { runPaths } from '../../../harness/store/layout.js';
import { readExperiment } from '../../../harness/store/read.js';
import type { Report } from '../../../reports/report/model.js';
import { root, temporary, tiltyard } from '../../support.js';
import { writeYesAndNo } from './yes-and-no.js';

/** A reward model that somebody trained, of another shape than policies: here a run of another experiment. */
const dir = temporary();
const tokenizer = join(root, 'test', 'golden', 'tiny-gpt2');
writeYesAndNo(join(dir, 'pairs.jsonl'));
const shares = { testShare: 0.2, heldoutShare: 0.5 };
const bounds = { maxPromptTokens: 16, maxCompletionTokens: 8 };
const bt = { batchSize: 8, learningRate: 0.01, evaluateEvery: 2, normalisationSamples: 16 };
const experiment = (more: object): object => ({
  name: 'x',
  seeds: 1,
  dataset: { name: 'jsonl', params: { file: join(dir, 'pairs.jsonl'), tokenizer, ...shares, ...bounds } },
  policy: { width: 8, layers: 1, heads: 1 },
  collect: { pairs: 60, heldoutPairs: 60 },
  evaluation: { every: 0, prompts: 8, testPrompts: 8 },
  ...more,
});
const sft = { algorithm: 'sft', params: { epochs: 1, batchSize: 8 } };
const given = (checkpoint: string, params: object = { epochs: 0 }, more: object = {}): object =>
  experiment({
    stages: {
      sft,
      reward: { algorithm: 'bt-reward', start: 'sft', checkpoint, params: { ...bt, ...params } },
      best: { algorithm: 'best-of-n', start: 'sft', reward: 'reward', params: { n: 4 } },
    },
    ...more,
  });

const write = (name: string, draft: object): string => {
  const file = join(dir, `${name}.json`);
  writeFileSync(file, JSON.stringify(draft));
  return file;
};
async function made(name: string, draft: object) {
  const out = join(dir, `${name}-out`);
  const { code, stdout, stderr } = await tiltyard('run', write(name, draft), '--out', out);
  expect(code, `${stdout}${stderr}`).toBe(0);
  const { runs } = readExperiment(out);
  return { out, of: (label: string) => runs.find(({ spec }) => spec.label === label)! };
}
const check = (name: string, draft: object) => tiltyard('check', write(name, draft));

const model = join(dir, 'reward-model');
let trained: { readonly accuracy: number };
beforeAll(async () => {
  const stages = { reward: { algorithm: 'bt-reward', params: { ...bt, epochs: 8 } } };
  const { of } = await made('trainer', experiment({ policy: { width: 16, layers: 2, heads: 2 }, stages }));
  const run = of('reward');
  cpSync(runPaths(run.dir).model, model, { recursive: true });
  trained = { accuracy: run.outcome!.summary['heldout/accuracy']! };
}, 300_000);

test('a classifier that is there is a reward as it is, in its own shape', async () => {
  const { of, out } = await made('as-it-is', given(model));
  const { summary, steps, parameters } = of('reward').outcome!;
  expect(steps).toBe(0);
  const before = readModelFolder(model);
  const after = readModelFolder(runPaths(of('reward').dir).model);
  expect([...after.body]).toEqual([...before.body]);
  expect(after.head).toEqual(before.head);
  expect(after.architecture.config()).toEqual(before.architecture.config());
  expect(after.normalisation).not.toEqual(before.normalisation); // on samples of these policies
  expect(parameters).toBeGreaterThan(2 * of('sft').outcome!.parameters);
  expect(trained.accuracy).toBeGreaterThan(0.8); // or it would show nothing
  expect(summary['test/accuracy']).toBeGreaterThan(0.8);
  expect(of('best').outcome!.outcome).toBe('completed');
  const said = `reward began as the reward model in ${model} (`;
  const { notes } = readJson<Report>(join(out, 'report.json'));
  expect(notes.find((note) => note.startsWith(said))).toContain('and was taken as it is');
}, 300_000);

test('with epochs it is trained on, from its own weights', async () => {
  const { of } = await made('further', given(model, { epochs: 1, patience: null, heldOut: 0 }));
  const { steps, summary } = of('reward').outcome!;
  expect(steps).toBeGreaterThan(0);
  expect(summary['test/accuracy']).toBeGreaterThan(0.8);
  const body = readModelFolder(runPaths(of('reward').dir).model).body;
  expect([...body]).not.toEqual([...readModelFolder(model).body]);
}, 300_000);

test('its files are part of the plan: a changed one is refused by name', async () => {
  const copy = join(dir, 'changed-model');
  cpSync(model, copy, { recursive: true });
  const { of, out } = await made('planned', given(copy));
  const config = readJson<object>(join(copy, 'config.json'));
  writeFileSync(join(copy, 'config.json'), JSON.stringify({ ...config, note: 'touched' }));
  rmSync(runPaths(of('reward').dir).outcome);
  const { code, stderr } = await tiltyard('resume', out);
  expect(code).toBe(2);
  expect(stderr).toContain(`${join(copy, 'config.json')} has changed`);
}, 300_000);

test('what cannot be a reward is refused before anything is written, naming the stage', async () => {
  const policy = join(dir, 'a-policy');
  const { architecture, body } = readModelFolder(model);
  writeModelFolder(policy, { architecture, arrays: body, normalisation: null, tokenizer: null, from: null });
  const outside = join(dir, 'outside.mjs');
  writeFileSync(
    outside,
    `import { defineExternal, parameters } from 'tiltyard';
export default defineExternal({ name: 'mine', summary: 'x', paper: { url: 'https://x.org', equations: ['1'] },
  needs: ['pairs'], gives: 'reward', params: parameters({}), files: [], resumes: false,
  requires: { file: process.execPath, args: ['--version'], remedy: 'install Node' },
  command: () => ({ file: process.execPath, args: [] }) });
`,
  );
  const cases: readonly [string, object, string][] = [
    ['headless', given(policy), `stage reward: checkpoint: ${policy} has no 'score.weight' of [1, 16]`],
    ['missing', given(join(dir, 'nowhere')), join(dir, 'nowhere')],
    ['other', given(join(root, 'test', 'golden', 'tiny-llama')), 'stage reward: checkpoint: '],
    [
      'policy-stage',
      experiment({ stages: { sft, dpo: { algorithm: 'dpo', start: 'sft', checkpoint: model } } }),
      'stage dpo: checkpoint: dpo gives a policy; remove it',
    ],
    [
      'outside',
      experiment({ stages: { sft, reward: { algorithm: outside, start: 'sft', checkpoint: model } } }),
      'stage reward: checkpoint: mine trains outside, from the start that its job names; remove it',
    ],
  ];
  for (const [name, draft, message] of cases) {
    const { code, stderr } = await check(name, draft);
    expect([name, code]).toEqual([name, 2]);
    expect(stderr).toContain(message);
  }
}, 120_000);
