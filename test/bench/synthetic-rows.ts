import { hashOf } from '../../harness/hash.js';
import { environment } from '../../harness/environment.js';
import type { Rng } from '../../harness/rng.js';
import type {
  Estimate,
  EvalRow,
  KlEstimates,
  OutcomeRow,
  PairRow,
  SampleRow,
  StepRow,
} from '../../harness/store/records.js';
import type { RunSpec } from '../../harness/store/spec.js';
import { REWARD_FIGURES } from '../../harness/store/reward-figures.js';
import { estimate } from '../../harness/worker/evaluate/estimate.js';

// Rows of runs that never were: of the right shape and size, and with ties, spread and correlation as real
// ones have.

export const EVALUATIONS = 12;
export const STEPS_BETWEEN = 10;
const STEPS = (EVALUATIONS - 1) * STEPS_BETWEEN;

/** Prompts of an evaluation on validation prompts. */
export const VALIDATION_PROMPTS = 128;

const WORDS = [
  ...['the', 'acting', 'plot', 'script', 'music', 'ending', 'was', 'is', 'seems', 'feels', 'rather', 'very'],
  ...['not', 'but', 'and', 'its', 'lovely', 'dull', 'moving', 'flat', 'fresh', 'weak', 'loud', 'witty'],
];
export const sentence = (rng: Rng, words: number): string =>
  Array.from({ length: words }, () => rng.pick(WORDS)).join(' ');
/** Like a gold reward that counts words: a grid, so that there are ties. */
export const graded = (x: number): number => Math.round(x * 5) / 5;

/**
 * What the runs of a seed have in common: the test prompts, how hard each is, and the decoding randomness.
 */
export interface Seed {
  readonly prompts: readonly { readonly text: string; readonly gold: number; readonly luck: number }[];
  readonly startGold: readonly number[];
}

export function pair(rng: Rng, id: string, prompt: string): PairRow {
  const better = graded(rng.normal() - 2);
  return {
    id,
    prompt,
    chosen: sentence(rng, 12),
    rejected: sentence(rng, 12),
    margin: null,
    goldChosen: better,
    goldRejected: graded(better - Math.abs(rng.normal())),
  };
}

const METRICS = [
  'loss',
  'grad_norm',
  'rewards/chosen',
  'rewards/rejected',
  'rewards/margins',
  'rewards/accuracies',
  'logps/chosen',
  'logps/rejected',
  'learning_rate',
  'num_tokens',
];
export const steps = (rng: Rng): StepRow[] =>
  Array.from({ length: STEPS }, (_, i) => ({
    step: i + 1,
    metrics: Object.fromEntries(METRICS.map((name) => [name, rng.uniform()])),
    clock: { atMs: 800 + 14 * i, stepMs: 14 * rng.uniform() },
  }));

export function validationRow(
  rng: Rng,
  spec: RunSpec,
  i: number,
  kl: number,
  at: (kl: number) => { gold: number; proxy: number },
): EvalRow {
  const n = VALIDATION_PROMPTS;
  const around = (mean: number, deviation: number) => ({
    mean: mean + (deviation * rng.normal()) / Math.sqrt(n),
    se: deviation / Math.sqrt(n),
    n,
  });
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

export function sample(
  rng: Rng,
  i: number,
  prompt: Seed['prompts'][number],
  kl: number,
  gain: { gold: number; proxy: number } | null,
): SampleRow {
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

export const isSampler = (spec: RunSpec): boolean => spec.stage === 'best-of-n';
/** A sampler has no density, only an estimator of its own. */
const klOf = (spec: RunSpec, kl: Estimate, k1: Estimate): KlEstimates =>
  isSampler(spec)
    ? { exact: null, raoBlackwell: null, k1: null, sampler: { ...kl, name: 'beirami-2024' } }
    : { exact: null, raoBlackwell: kl, k1, sampler: null };

export function testRow(spec: RunSpec, samples: readonly SampleRow[], { startGold }: Seed): EvalRow {
  const trained = isSampler(spec) ? 0 : 1;
  return {
    step: trained * STEPS,
    split: 'test',
    goldReward: estimate(samples.map((s) => s.gold!)),
    proxyReward: spec.role === 'shared' ? null : estimate(samples.map((s) => s.proxy!)),
    winRate:
      spec.inputs.start === null
        ? null
        : estimate(samples.map((s, i) => (Math.sign(s.gold! - startGold[i]!) + 1) / 2)),
    kl: klOf(
      spec,
      estimate(samples.map((s) => s.klRaoBlackwell!)),
      estimate(samples.map((s) => s.logp! - s.refLogp!)),
    ),
    exact: null,
    length: estimate(samples.map((s) => s.tokens)),
    finishedShare: 1,
    flops: trained * STEPS * 2.8e8,
    clock: { atMs: 3000, trainSeconds: trained * 1.6 },
  };
}

export function outcome(rng: Rng, spec: RunSpec, isReward: boolean, failed: boolean): OutcomeRow {
  const share = 0.5 + rng.uniform();
  const phases = (scale: number) => ({
    rollout: spec.inputs.reward === null ? 0 : 3 * scale,
    score: spec.inputs.reward === null ? 0 : scale,
    forward: scale,
    update: 2 * scale,
    eval: scale,
  });
  const hash = hashOf([spec.seed, spec.label]);
  return {
    outcome: failed ? 'diverged' : 'completed',
    cause: failed
      ? {
          code: 'diverged',
          message: 'loss is not finite',
          plugin: spec.algorithm?.name ?? null,
          phase: 'train',
          step: STEPS,
        }
      : null,
    steps: spec.kind === 'collect' ? 0 : STEPS,
    startHash: hash,
    modelHash: failed || spec.kind === 'collect' ? null : hash,
    parameters: spec.kind === 'collect' ? 0 : 105_000,
    ledger: {
      flops: phases(share * 1e10),
      tokensTrained: Math.round(share * 4e4),
      tokensGenerated: spec.inputs.reward === null ? 0 : Math.round(share * 2e4),
      modelCopies: 2,
      trainableCopies: 1,
    },
    engine: { name: 'onnxruntime', device: 'cpu', reason: 'in the npm package' },
    summary: isReward
      ? Object.fromEntries(
          [
            REWARD_FIGURES.accuracy,
            'test/loss',
            REWARD_FIGURES.goldAgreement,
            'test/calibration_error',
            'test/difference_deviation',
          ].map((name) => [name, rng.uniform()]),
        )
      : {},
    clock: {
      startedAt: '2026-01-01T00:00:00.000Z',
      wallSeconds: 3 * share,
      seconds: phases(0.4 * share),
      peakRssBytes: Math.round(share * 2e8),
      concurrent: true,
      environment: ENVIRONMENT,
    },
  };
}
const ENVIRONMENT = environment();
