import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { wins } from '../../../harness/metrics/win-rate.js';
import { Rng } from '../../../harness/rng.js';
import { readJsonl } from '../../../harness/store/jsonl.js';
import { readExperiment, type StoredExperiment, type StoredRun } from '../../../harness/store/read.js';
import type { EvalRow, SampleRow, StepRow } from '../../../harness/store/records.js';
import { estimate } from '../../../harness/worker/evaluate/estimate.js';
import { ofReplica } from '../../../harness/worker/replica.js';
import { root, temporary, tiltyard } from '../../support.js';

/** One small run with controls and a plugin that looks for what it was not given. */
const dir = temporary();
const out = join(dir, 'out');
const flags = [
  '--seeds',
  '1',
  '--set',
  'stages.dpo.control=true',
  '--set',
  'stages.best-of-n.control=true',
  '--set',
  `stages.snoop={algorithm: ${join(root, 'test/fixtures/plugins/snoop.js')}, start: sft}`,
];
let stored: StoredExperiment;
beforeAll(async () => {
  const { code, stderr } = await tiltyard('run', 'smoke', ...flags, '--out', out);
  expect(code, stderr).toBe(0);
  stored = readExperiment(out);
});

const of = (label: string): StoredRun => stored.runs.find((r) => r.spec.label === label)!;
const evals = (label: string): EvalRow[] => readJsonl(join(of(label).dir, 'evals.jsonl'));
const samples = (label: string): SampleRow[] => readJsonl(join(of(label).dir, 'samples.jsonl'));
const steps = (label: string): StepRow['metrics'][] =>
  readJsonl<StepRow>(join(of(label).dir, 'steps.jsonl')).map((row) => row.metrics);
const completions = (label: string): string[] => samples(label).map((s) => s.completion);

describe('the proxy', () => {
  test('scores every compared run, at every evaluation, and no shared stage', () => {
    for (const { spec } of stored.runs.filter((r) => r.spec.role !== 'shared'))
      for (const row of evals(spec.label)) expect(row.proxyReward, spec.label).not.toBeNull();
    expect(evals('sft').every((row) => row.proxyReward === null)).toBe(true);
  });
  test('is one reward, for those that train on it and those that do not: equal before the first step', () => {
    expect(evals('dpo')[0]!.proxyReward).toEqual(evals('ppo')[0]!.proxyReward);
  });
  test('is out of reach of a plugin whose run it scores, and so is the gold reward', () => {
    expect(of('snoop').spec.inputs).toMatchObject({ reward: null, proxy: of('reward').spec.id });
    const { summary } = of('snoop').outcome!;
    // `control`: it would have seen a reward, were there one. `seen`: it did look.
    expect(summary).toMatchObject({ heads: 0, golds: 0, refused: 1, control: 1 });
    expect(summary['seen']).toBeGreaterThan(50);
  });
  test('is no cost and no model copy of the run', () => {
    const { ledger } = of('dpo').outcome!;
    expect(ledger.modelCopies).toBe(2);
    expect(ledger.flops.score).toBe(0);
  });
});

describe('the win rate against the start', () => {
  test('is one half, exactly, while the policy is the start', () => {
    for (const label of ['dpo', 'ipo', 'ppo'])
      expect(evals(label)[0]).toMatchObject({ step: 0, winRate: { mean: 0.5, se: 0 } });
  });
  test("in the final evaluation is that of the run's samples against the stored ones of the start", () => {
    const start = samples('sft').map((s) => s.gold!);
    for (const label of ['dpo', 'ppo', 'best-of-n']) {
      const own = samples(label).map((s) => s.gold!);
      expect(evals(label).find((row) => row.split === 'test')!.winRate, label).toEqual(
        estimate([...wins(own, start)]),
      );
    }
  });
  test('is null where nothing was started from', () =>
    expect(evals('base').every((row) => row.winRate === null)).toBe(true));
});

describe('a sampler', () => {
  const [validation, test_] = [
    (): EvalRow => evals('best-of-n').find((row) => row.split === 'validation')!,
    (): EvalRow => evals('best-of-n').find((row) => row.split === 'test')!,
  ];
  test('is judged on the validation prompts too, once', () => {
    expect(evals('best-of-n').map((row) => row.split)).toEqual(['validation', 'test']);
    expect(validation()).toMatchObject({
      step: 0,
      goldReward: { n: 16 },
      kl: { raoBlackwell: null, sampler: { name: 'beirami-2024' } },
    });
  });
  test('is charged for its draws and their scores, by the answer', () => {
    const { ledger } = of('best-of-n').outcome!;
    expect(ledger.flops.rollout).toBeGreaterThan(0);
    expect(ledger.flops.score).toBeGreaterThan(0);
    expect(validation().flops).toBeGreaterThan(0);
    expect(test_().flops).toBe(ledger.flops.rollout + ledger.flops.score);
    // 16 validation prompts, then 32 test prompts: three times, but for completions of other lengths.
    expect(test_().flops / validation().flops).toBeGreaterThan(2.5);
    expect(test_().flops / validation().flops).toBeLessThan(3.5);
  });
});

describe('a control', () => {
  test("has its twin's data, start and evaluation, and randomness of its own", () => {
    const [twin, control] = [of('dpo'), of('dpo (A/A)')];
    expect(control.spec).toMatchObject({
      role: 'control',
      replica: 1,
      stage: 'dpo',
      inputs: twin.spec.inputs,
    });
    expect(control.outcome!.startHash).toBe(twin.outcome!.startHash);
    const { clock: _a, ...first } = evals('dpo')[0]!;
    const { clock: _b, ...same } = evals('dpo (A/A)')[0]!;
    expect(same).toEqual(first);
    expect(steps('dpo (A/A)')).not.toEqual(steps('dpo'));
    expect(control.outcome!.modelHash).not.toBe(twin.outcome!.modelHash);
  });
  test('of a sampler draws anew', () =>
    expect(completions('best-of-n (A/A)')).not.toEqual(completions('best-of-n')));
  test('replica 0 is the stream itself', () => {
    const rng = Rng.fromSeed(3).split('train');
    expect(ofReplica(rng, 0)).toBe(rng);
    expect(ofReplica(rng, 1).key).toBe('seed:3/train/replica/1');
  });
});

test('plan.json keeps what was asked for, and of which tiltyard', () => {
  const file = readFileSync(join(root, 'datasets', 'experiments', 'smoke.yaml'));
  const overrides = [
    '--seeds 1',
    ...flags
      .filter((f) => f !== '--set')
      .slice(2)
      .map((assignment) => `--set ${assignment}`),
  ];
  expect(stored.source).toEqual({
    name: 'smoke.yaml',
    fileHash: createHash('sha256').update(file).digest('hex'),
    overrides,
  });
  expect(stored.tiltyard.version).toBe(
    (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version,
  );
});

test('another tiltyard may finish what one began; the plan keeps its own', async () => {
  const plan = join(out, 'plan.json');
  const text = readFileSync(plan, 'utf8');
  const older = { version: '0.0.1', commit: null };
  writeFileSync(plan, JSON.stringify({ ...(JSON.parse(text) as object), tiltyard: older }));
  const { code, stderr } = await tiltyard('resume', out);
  expect(code, stderr).toBe(0);
  expect(readExperiment(out).tiltyard).toEqual(older);
});

test('a proxy that fails leaves what it was to score without its input', async () => {
  const failed = join(dir, 'failed');
  expect(
    (await tiltyard('run', 'smoke', '--set', 'stages.reward.params.batchSize=1000', '--out', failed)).code,
  ).toBe(1);
  const outcome = (stage: string) =>
    readExperiment(failed).runs.find((r) => r.spec.stage === stage)!.outcome!;
  expect(outcome('reward').cause!.code).toBe('batch-too-large');
  expect(outcome('dpo').cause).toMatchObject({
    code: 'input-failed',
    message: expect.stringMatching(/^its input reward-s0-\w+ ended as failed$/) as string,
  });
  expect(outcome('sft').outcome).toBe('completed');
});
