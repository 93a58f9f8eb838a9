// By hand, after `npm run build`: `node dist/test/bench/report-size.js [DIR]` says what a report over 2,000 runs costs; the store is kept in DIR and used again, else it lies in a temporary folder. Exit code 1 where a bar is missed.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hashOf } from '../../harness/config/identity.js';
import { resolveExperiment } from '../../harness/config/resolve.js';
import { makePlan } from '../../harness/config/plan.js';
import { environment } from '../../harness/environment.js';
import { Rng } from '../../harness/rng.js';
import { runPaths, storePaths } from '../../harness/store/layout.js';
import { type Estimate, type EvalRow, type KlEstimates, type OutcomeRow, type PairRow, type PlanRow, type RunSpec, type SampleRow, type StepRow, STORE_VERSION } from '../../harness/store/records.js';
import { estimate } from '../../harness/worker/evaluate/estimate.js';
import { buildReport } from '../../reports/build.js';

const BARS = { seconds: 10, peakMb: 500, htmlMb: 5 } as const;
const EVALUATIONS = 12;
const STEPS_BETWEEN = 10;
const STEPS = (EVALUATIONS - 1) * STEPS_BETWEEN;

/** 40 configurations of five stages over 50 seeds: 2,000 compared runs; the smallest stage once more as a control. */
const EXPERIMENT = {
  name: 'report-size',
  description: 'synthetic rows of 2,000 runs; the numbers mean nothing',
  seeds: 50,
  dataset: { name: 'reviews' },
  collect: { from: 'base', pairs: 2000, heldoutPairs: 256 },
  stages: {
    base: { algorithm: 'sft', completions: 'corpus' },
    sft: { algorithm: 'sft', start: 'base' },
    reward: { algorithm: 'bt-reward', start: 'sft' },
    dpo: { algorithm: 'dpo', start: 'sft', sweep: { beta: [0.05, 0.1, 0.2, 0.4], learningRate: [1e-4, 2e-4, 4e-4] } },
    ipo: { algorithm: 'ipo', start: 'sft', sweep: { beta: [0.025, 0.05, 0.1], learningRate: [1e-4, 2e-4, 4e-4] } },
    hinge: { algorithm: 'hinge', start: 'sft', control: true, sweep: { beta: [0.1, 0.2, 0.4] } },
    ppo: { algorithm: 'ppo-rlhf', start: 'sft', reward: 'reward', sweep: { klCoefficient: [0.05, 0.1, 0.2, 0.4], learningRate: [1e-4, 2e-4, 4e-4] } },
    'best-of-n': { algorithm: 'best-of-n', start: 'sft', reward: 'reward', sweep: { n: [2, 4, 8, 16] } },
  },
  evaluation: { every: STEPS_BETWEEN, prompts: 128, testPrompts: 256 },
  engine: { name: 'onnxruntime', device: 'cpu' },
} as const;

const WORDS = 'the acting plot script music ending was is seems feels rather very not but and its lovely dull moving flat fresh weak loud witty'.split(' ');
const sentence = (rng: Rng, words: number): string => Array.from({ length: words }, () => rng.pick(WORDS)).join(' ');
const jsonl = (path: string, rows: readonly unknown[]): void => writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
/** Like a gold reward that counts words: a grid, so that there are ties. */
const graded = (x: number): number => Math.round(x * 5) / 5;

/** What the runs of a seed have in common: the test prompts, how hard each is, and the decoding randomness. */
interface Seed {
  readonly prompts: readonly { readonly text: string; readonly gold: number; readonly luck: number }[];
  readonly startGold: readonly number[];
}

async function writeStore(dir: string): Promise<number> {
  const experiment = resolveExperiment(EXPERIMENT, EXPERIMENT.name);
  const { runs } = await makePlan(experiment, dir, EXPERIMENT.name);
  const seeds = new Map(experiment.seeds.map((seed) => [seed, seedOf(seed)]));
  const paths = storePaths(dir);
  const hash = hashOf(experiment);
  const { tiltyardVersion, gitCommit } = environment();
  mkdirSync(dir, { recursive: true });
  writeFileSync(paths.experiment, JSON.stringify(experiment));
  writeFileSync(paths.plan, JSON.stringify({ storeVersion: STORE_VERSION, hash, source: { name: EXPERIMENT.name, fileHash: hashOf(EXPERIMENT), overrides: [] }, tiltyard: { version: tiltyardVersion, commit: gitCommit }, runs } satisfies PlanRow));
  runs.forEach((spec, i) => writeRun(paths.run(spec.id), spec, seeds.get(spec.seed)!, i % 499 === 498));
  return runs.length;
}

function seedOf(seed: number): Seed {
  const rng = Rng.fromSeed(seed).split('prompts');
  const prompts = Array.from({ length: EXPERIMENT.evaluation.testPrompts }, () => ({ text: `on the ${sentence(rng, 8)} :`, gold: 1.5 * rng.normal(), luck: rng.normal() }));
  return { prompts, startGold: prompts.map(({ gold, luck }) => graded(gold - 3 + luck)) };
}

/** @param failed it diverged: no rows after training, and an outcome that says so */
function writeRun(dir: string, spec: RunSpec, seed: Seed, failed: boolean): void {
  mkdirSync(dir, { recursive: true });
  const paths = runPaths(dir);
  const rng = Rng.fromSeed(spec.seed).split(spec.label);
  const gives = spec.kind === 'collect' ? 'pairs' : spec.stage === 'reward' ? 'reward' : 'policy';
  writeFileSync(paths.run, JSON.stringify(spec));
  if (gives === 'pairs') {
    jsonl(paths.pairs, Array.from({ length: EXPERIMENT.collect.pairs }, (_, i) => pair(rng, `train-${i}`, `on the ${sentence(rng, 8)} :`)));
    jsonl(paths.heldout, seed.prompts.map(({ text }, i) => pair(rng, `test-${i}`, text)));
  }
  if (spec.kind === 'train' && !isSampler(spec)) jsonl(paths.steps, steps(rng));
  if (gives === 'policy') {
    // How far the configuration goes, and how well it turns KL into gold: its own numbers, and a little of the seed's.
    const own = Rng.fromSeed(spec.label.replace(' (A/A)', ''));
    const compared = spec.role !== 'shared';
    const end = compared ? Math.exp(own.uniform() * 3 - 0.7 + 0.1 * rng.normal()) : 0;
    const worth = 0.6 + 0.4 * own.uniform() + 0.05 * rng.normal();
    const at = (kl: number) => ({ gold: worth * Math.sqrt(kl) - 0.1 * kl, proxy: 0.8 * Math.sqrt(kl) });
    const validation = isSampler(spec) ? [validationRow(rng, spec, 0, end, at)] : Array.from({ length: EVALUATIONS }, (_, i) => validationRow(rng, spec, i, end * (i / (EVALUATIONS - 1)) ** 1.5, at));
    const samples = failed ? [] : seed.prompts.map((prompt, i) => sample(rng, i, prompt, end, compared ? at(end) : null));
    if (!failed) jsonl(paths.samples, samples);
    jsonl(paths.evals, failed ? validation : [...validation, testRow(spec, samples, seed)]);
  }
  writeFileSync(paths.outcome, JSON.stringify(outcome(rng, spec, gives === 'reward', failed)));
}

function pair(rng: Rng, id: string, prompt: string): PairRow {
  const better = graded(rng.normal() - 2);
  return { id, prompt, chosen: sentence(rng, 12), rejected: sentence(rng, 12), margin: null, goldChosen: better, goldRejected: graded(better - Math.abs(rng.normal())) };
}

const METRICS = ['loss', 'grad_norm', 'rewards/chosen', 'rewards/rejected', 'rewards/margins', 'rewards/accuracies', 'logps/chosen', 'logps/rejected', 'learning_rate', 'num_tokens'];
const steps = (rng: Rng): StepRow[] =>
  Array.from({ length: STEPS }, (_, i) => ({ step: i + 1, metrics: Object.fromEntries(METRICS.map((name) => [name, rng.uniform()])), clock: { atMs: 800 + 14 * i, stepMs: 14 * rng.uniform() } }));

function validationRow(rng: Rng, spec: RunSpec, i: number, kl: number, at: (kl: number) => { gold: number; proxy: number }): EvalRow {
  const n = EXPERIMENT.evaluation.prompts;
  const around = (mean: number, deviation: number) => ({ mean: mean + (deviation * rng.normal()) / Math.sqrt(n), se: deviation / Math.sqrt(n), n });
  const { gold, proxy } = at(kl);
  return {
    step: i * STEPS_BETWEEN,
    split: 'validation',
    goldReward: around(gold - 3, 2),
    proxyReward: spec.role === 'shared' ? null : around(proxy, 1),
    winRate: spec.inputs.start === null ? null : around(0.5 + gold / 8, 0.48),
    kl: klOf(spec, around(kl, 0.2 * Math.sqrt(kl)), around(kl, 2 * Math.sqrt(kl))),
    exact: null,
    length: around(12, 5),
    finishedShare: 1 - i / n,
    flops: i * STEPS_BETWEEN * 2.8e8,
    clock: { atMs: 800 + 150 * i, trainSeconds: 0.14 * i },
  };
}

function sample(rng: Rng, i: number, prompt: Seed['prompts'][number], kl: number, gain: { gold: number; proxy: number } | null): SampleRow {
  const tokens = 4 + rng.int(18);
  const luck = 0.5 * prompt.luck + 0.8 * rng.normal();
  const refLogp = -3.1 * tokens + rng.normal();
  return {
    promptId: `test-${i}`,
    prompt: prompt.text,
    sample: 0,
    completion: sentence(rng, tokens - 1),
    tokens,
    finished: true,
    gold: graded(prompt.gold - 3 + luck + (gain?.gold ?? 0)),
    proxy: gain === null ? null : gain.proxy + 0.6 * luck + 0.5 * rng.normal(),
    logp: refLogp + kl + Math.sqrt(kl) * rng.normal(),
    refLogp,
    klRaoBlackwell: kl + 0.2 * Math.sqrt(kl) * rng.normal(),
  };
}

const isSampler = (spec: RunSpec): boolean => spec.stage === 'best-of-n';
/** A sampler has no density, only an estimator of its own. */
const klOf = (spec: RunSpec, kl: Estimate, k1: Estimate): KlEstimates =>
  isSampler(spec) ? { exact: null, raoBlackwell: null, k1: null, sampler: { ...kl, name: 'beirami-2024' } } : { exact: null, raoBlackwell: kl, k1, sampler: null };

function testRow(spec: RunSpec, samples: readonly SampleRow[], { startGold }: Seed): EvalRow {
  const trained = isSampler(spec) ? 0 : 1;
  return {
    step: trained * STEPS,
    split: 'test',
    goldReward: estimate(samples.map((s) => s.gold!)),
    proxyReward: spec.role === 'shared' ? null : estimate(samples.map((s) => s.proxy!)),
    winRate: spec.inputs.start === null ? null : estimate(samples.map((s, i) => (Math.sign(s.gold! - startGold[i]!) + 1) / 2)),
    kl: klOf(spec, estimate(samples.map((s) => s.klRaoBlackwell!)), estimate(samples.map((s) => s.logp! - s.refLogp!))),
    exact: null,
    length: estimate(samples.map((s) => s.tokens)),
    finishedShare: 1,
    flops: trained * STEPS * 2.8e8,
    clock: { atMs: 3000, trainSeconds: trained * 1.6 },
  };
}

function outcome(rng: Rng, spec: RunSpec, isReward: boolean, failed: boolean): OutcomeRow {
  const share = 0.5 + rng.uniform();
  const phases = (scale: number) => ({ rollout: spec.inputs.reward === null ? 0 : 3 * scale, score: spec.inputs.reward === null ? 0 : scale, forward: scale, update: 2 * scale, eval: scale });
  const hash = hashOf([spec.seed, spec.label]);
  return {
    outcome: failed ? 'diverged' : 'completed',
    cause: failed ? { code: 'diverged', message: 'loss is not finite', plugin: spec.algorithm?.name ?? null, phase: 'train', step: STEPS } : null,
    steps: spec.kind === 'collect' ? 0 : STEPS,
    startHash: hash,
    modelHash: failed || spec.kind === 'collect' ? null : hash,
    parameters: spec.kind === 'collect' ? 0 : 105_000,
    ledger: { flops: phases(share * 1e10), tokensTrained: Math.round(share * 4e4), tokensGenerated: spec.inputs.reward === null ? 0 : Math.round(share * 2e4), modelCopies: 2, trainableCopies: 1 },
    engine: { name: 'onnxruntime', device: 'cpu', reason: 'in the npm package' },
    summary: isReward ? Object.fromEntries(['test/accuracy', 'test/loss', 'test/gold_agreement', 'test/calibration_error', 'test/difference_deviation'].map((name) => [name, rng.uniform()])) : {},
    clock: { startedAt: '2026-01-01T00:00:00.000Z', wallSeconds: 3 * share, seconds: phases(0.4 * share), peakRssBytes: Math.round(share * 2e8), concurrent: true, environment: ENVIRONMENT },
  };
}
const ENVIRONMENT = environment();

if (process.argv[2] === '--build') {
  await buildReport(process.argv[3]!);
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  console.log(JSON.stringify({ cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakMb: maxRSS / 1024 }));
} else {
  const kept = process.argv[2];
  const dir = kept === undefined ? mkdtempSync(join(tmpdir(), 'tiltyard-report-')) : resolve(kept);
  if (!existsSync(storePaths(dir).plan)) console.log(`${await writeStore(dir)} runs written to ${dir}`);
  const began = performance.now();
  const child = execFileSync(process.execPath, [fileURLToPath(import.meta.url), '--build', dir], { encoding: 'utf8' });
  const seconds = (performance.now() - began) / 1000;
  const own = JSON.parse(child) as { cpuSeconds: number; peakMb: number };
  const sizes = Object.fromEntries(['html', 'json', 'md', 'csv'].map((kind) => [`${kind}Mb`, statSync(join(dir, `report.${kind}`)).size / 2 ** 20])) as Record<string, number>;
  const measured: Record<string, number> = { seconds, ...own, ...sizes };
  console.table(Object.fromEntries(Object.entries(measured).map(([name, value]) => [name, { measured: value.toFixed(2), bar: (BARS as Record<string, number>)[name] ?? '' }])));
  if (kept === undefined) rmSync(dir, { recursive: true });
  process.exitCode = Object.entries(BARS).some(([name, bar]) => measured[name]! > bar) ? 1 : 0;
}
