import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { Rng } from '../../../harness/rng.js';
import { readJson } from '../../../harness/store/atomic.js';
import { readJsonl } from '../../../harness/store/jsonl.js';
import { runPaths, storePaths } from '../../../harness/store/layout.js';
import { readExperiment, type StoredExperiment, type StoredRun } from '../../../harness/store/read.js';
import type { EvalRow, OutcomeRow, PairRow, SampleRow, StepRow } from '../../../harness/store/records.js';
import { ofReplica } from '../../../harness/worker/replica.js';
import { runWorker } from '../../../harness/worker/run-worker.js';
import { asOlder, root, temporary, tiltyard } from '../../support.js';

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
  'stages.relabelled={algorithm: dpo, start: sft, relabel: {by: reward}, params: {batchSize: 8, epochs: 1}}',
  '--set',
  'stages.soft={algorithm: dpo, start: sft, relabel: {by: reward, how: soft}, params: {batchSize: 8}}',
  '--set',
  'stages.chooser={algorithm: bt-reward, start: sft, pairs: heldout, params: {batchSize: 8, epochs: 1}}',
  '--set',
  'tuning.chooser=chooser',
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

const [validation, test_] = [
  (): EvalRow => evals('best-of-n').find((row) => row.split === 'validation')!,
  (): EvalRow => evals('best-of-n').find((row) => row.split === 'test')!,
];

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
  test('is of independent draws: near one half, and no certainty, while the policy is the start', () => {
    for (const label of ['dpo', 'ipo', 'ppo']) {
      const { step, winRate } = evals(label)[0]!;
      expect([step, winRate!.n]).toEqual([0, 16]);
      expect(winRate!.se).toBeGreaterThan(0);
      expect(Math.abs(winRate!.mean - 0.5)).toBeLessThan(3 * winRate!.se!);
      expect(winRate).toEqual(evals('dpo')[0]!.winRate); // one start, drawn alike
    }
  });
  test('has a prompt as its unit, in the final evaluation too, where each has two samples', () => {
    for (const label of ['dpo', 'ppo', 'best-of-n']) {
      const row = evals(label).find((one) => one.split === 'test')!;
      expect([row.winRate!.n, row.goldReward!.n], label).toEqual([32, 32]);
      // Quarters and, with ties, eighths: two samples of each side.
      expect((row.winRate!.mean * 32 * 8) % 1, label).toBeCloseTo(0, 9);
    }
  });
  test('needs samples of the start on the same prompts, as many, in the same streams as every run', () => {
    const keys = (label: string): string[] => samples(label).map((s) => `${s.promptId}#${s.sample}`);
    for (const label of ['dpo', 'ppo', 'best-of-n', 'relabelled']) expect(keys(label)).toEqual(keys('sft'));
    expect(keys('sft')).toHaveLength(64);
    const stored = samples('sft').filter((s) => s.sample === 0);
    expect(stored.map((s) => s.promptId)).toEqual(stored.map((_, i) => `test-${i}`));
  });
  test('is null where nothing was started from', () =>
    expect(evals('base').every((row) => row.winRate === null)).toBe(true));
});

describe('a sampler', () => {
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
    // 16 answers on validation prompts, then 64 on test prompts: five times, but for their lengths.
    expect(test_().flops / validation().flops).toBeGreaterThan(4.3);
    expect(test_().flops / validation().flops).toBeLessThan(5.7);
  });
});

describe('what chooses', () => {
  test('scores every compared run at every evaluation and on every test sample, no cost of the run', () => {
    const { id } = of('chooser').spec;
    for (const { spec, outcome } of stored.runs.filter((r) => r.spec.role !== 'shared')) {
      expect(spec.inputs.chooser, spec.label).toBe(id);
      for (const row of evals(spec.label)) expect(row.chooserReward!.se, spec.label).toBeGreaterThan(0);
      const scores = samples(spec.label).map((s) => s.chooser!);
      expect(scores.every(Number.isFinite), spec.label).toBe(true);
      expect(scores).not.toEqual(samples(spec.label).map((s) => s.proxy));
      if (spec.label === 'dpo') expect(outcome!.ledger.flops.score).toBe(0);
    }
    for (const label of ['base', 'sft']) {
      expect(of(label).spec.inputs.chooser).toBeUndefined();
      expect(samples(label)[0]).not.toHaveProperty('chooser');
    }
  });
  test('has learned from held-out pairs, whose prompts are in no other split, at a cost of its own', () => {
    const collected = of('collect').dir;
    const promptsOf = (file: string): string[] =>
      readJsonl<PairRow>(join(collected, file)).map(({ prompt }) => prompt);
    const seen = new Set([...promptsOf('pairs.jsonl'), ...samples('sft').map(({ prompt }) => prompt)]);
    expect(promptsOf('heldout.jsonl')).toHaveLength(16);
    expect(promptsOf('heldout.jsonl').filter((prompt) => seen.has(prompt))).toEqual([]);
    expect(of('chooser').outcome!.ledger.flops.update).toBeGreaterThan(0);
    expect(of('chooser').outcome!.summary['test/pairs']).toBe(64); // the pairs of the algorithms
  });
});

describe('relabelled pairs', () => {
  test('give another policy than the labels of the data, and say how often they agree', () => {
    const { summary, modelHash, ledger } = of('relabelled').outcome!;
    expect(summary['relabel/agreement']).toBeGreaterThan(0.3);
    expect(summary['relabel/agreement']).toBeLessThan(1);
    expect(modelHash).not.toBe(of('dpo').outcome!.modelHash);
    expect(of('dpo').outcome!.summary).not.toHaveProperty('relabel/agreement');
    expect(ledger.flops.score).toBeGreaterThan(0); // both completions of every pair, once
  });
  test('soft: no draw, and a loss above that of certain labels once the policy follows them', () => {
    const { summary, outcome } = { ...of('soft').outcome! };
    expect(outcome).toBe('completed');
    expect(summary['relabel/agreement']).toBeGreaterThan(0.3);
    expect(summary['relabel/agreement']).toBeLessThan(1);
    expect((summary['relabel/agreement']! * 64) % 1).not.toBe(0); // of 64 pairs a share that no draw has
    expect(steps('soft')[0]!['loss']).toBeCloseTo(Math.LN2, 5);
    expect(of('soft').outcome!.modelHash).not.toBe(of('relabelled').outcome!.modelHash);
  });
  test('are the same after a resume, and are charged once', async () => {
    const again = join(dir, 'again');
    cpSync(out, again, { recursive: true });
    const { spec, outcome } = of('relabelled');
    const runDir = storePaths(again).run(spec.id);
    const paths = runPaths(runDir);
    for (const name of readdirSync(runDir))
      if (join(runDir, name) !== paths.run) rmSync(join(runDir, name), { recursive: true });
    let step = 0;
    const emit = (event: Readonly<Record<string, unknown>>): void => {
      if (event['phase'] === 'train') step = event['step'] as number;
    };
    expect(await runWorker(spec, runDir, { emit, interrupted: () => step === 3 })).toBe('interrupted');
    expect(await runWorker(spec, runDir, { emit, interrupted: () => false })).toBe('completed');
    const resumed = readJson<OutcomeRow>(paths.outcome);
    expect({ ...resumed, clock: null }).toEqual({ ...outcome!, clock: null });
  });
});

describe('beside reward and KL', () => {
  test('every policy ranks held-out pairs; a sampler does not', () => {
    for (const label of ['sft', 'dpo', 'relabelled', 'ppo']) {
      const { summary } = of(label).outcome!;
      expect(summary['heldout_pairs/pairs'], label).toBe(16);
      expect((summary['heldout_pairs/accuracy']! * 32) % 1, label).toBe(0);
    }
    expect(of('best-of-n').outcome!.summary).not.toHaveProperty('heldout_pairs/accuracy');
    expect(of('base').outcome!.summary).not.toHaveProperty('heldout_pairs/accuracy');
  });
  test('an evaluation has entropy, distinct n-grams and the tail of KL; a sampler has no entropy', () => {
    for (const row of evals('dpo')) {
      expect(row.entropy!.mean).toBeGreaterThan(0);
      for (const share of [row.distinct1!, row.distinct2!]) {
        expect(share).toBeGreaterThan(0);
        expect(share).toBeLessThanOrEqual(1);
      }
      expect(row.kl.tail!.p95).toBeGreaterThanOrEqual(0);
    }
    const last = evals('dpo').at(-1)!;
    expect(last.kl.tail!.p95).toBeGreaterThan(last.kl.raoBlackwell!.mean);
    const own = samples('dpo').map((s) => -s.logp!);
    expect(last.entropy!.mean).toBeCloseTo(own.reduce((a, b) => a + b, 0) / own.length, 9);
    expect(test_().kl).not.toHaveProperty('tail');
    expect(test_()).not.toHaveProperty('entropy');
    expect(test_().distinct1).toBeGreaterThan(0);
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
  asOlder(out);
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
    (await tiltyard('run', 'smoke', '--set', 'stages.reward.params.learningRate=1e30', '--out', failed)).code,
  ).toBe(1);
  const outcome = (stage: string) =>
    readExperiment(failed).runs.find((r) => r.spec.stage === stage)!.outcome!;
  expect(outcome('reward').outcome).toBe('diverged');
  expect(outcome('dpo').cause).toMatchObject({
    code: 'input-failed',
    message: expect.stringMatching(/^its input reward-s0-\w+ ended as diverged$/) as string,
  });
  expect(outcome('sft').outcome).toBe('completed');
});
