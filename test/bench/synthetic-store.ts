import { mkdirSync, writeFileSync } from 'node:fs';
import { hashOf } from '../../harness/hash.js';
import { resolveExperiment } from '../../harness/config/resolve.js';
import { makePlan } from '../../harness/config/plan.js';
import { environment } from '../../harness/environment.js';
import { Rng } from '../../harness/rng.js';
import { runPaths, storePaths } from '../../harness/store/layout.js';
import { type PlanRow, type RunSpec, STORE_VERSION } from '../../harness/store/spec.js';
import {
  EVALUATIONS,
  graded,
  isSampler,
  outcome,
  pair,
  type Seed,
  sample,
  sentence,
  STEPS_BETWEEN,
  steps,
  testRow,
  VALIDATION_PROMPTS,
  validationRow,
} from './synthetic-rows.js';

/**
 * 40 configurations of five stages over 50 seeds: 2,000 compared runs; the smallest stage once more as a
 * control.
 */
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
    dpo: {
      algorithm: 'dpo',
      start: 'sft',
      sweep: { beta: [0.05, 0.1, 0.2, 0.4], learningRate: [1e-4, 2e-4, 4e-4] },
    },
    ipo: {
      algorithm: 'ipo',
      start: 'sft',
      sweep: { beta: [0.025, 0.05, 0.1], learningRate: [1e-4, 2e-4, 4e-4] },
    },
    hinge: { algorithm: 'hinge', start: 'sft', control: true, sweep: { beta: [0.1, 0.2, 0.4] } },
    ppo: {
      algorithm: 'ppo-rlhf',
      start: 'sft',
      reward: 'reward',
      sweep: { klCoefficient: [0.05, 0.1, 0.2, 0.4], learningRate: [1e-4, 2e-4, 4e-4] },
    },
    'best-of-n': { algorithm: 'best-of-n', start: 'sft', reward: 'reward', sweep: { n: [2, 4, 8, 16] } },
  },
  evaluation: { every: STEPS_BETWEEN, prompts: VALIDATION_PROMPTS, testPrompts: 256 },
  engine: { name: 'onnxruntime', device: 'cpu' },
} as const;

const jsonl = (path: string, rows: readonly unknown[]): void =>
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));

/**
 * Writes a whole results folder.
 * @returns how many runs it has
 */
export async function writeStore(dir: string): Promise<number> {
  const experiment = resolveExperiment(EXPERIMENT, EXPERIMENT.name);
  const { runs } = await makePlan(experiment, dir, EXPERIMENT.name);
  const seeds = new Map(experiment.seeds.map((seed) => [seed, seedOf(seed)]));
  const paths = storePaths(dir);
  const hash = hashOf(experiment);
  const { tiltyardVersion, gitCommit } = environment();
  mkdirSync(dir, { recursive: true });
  writeFileSync(paths.experiment, JSON.stringify(experiment));
  writeFileSync(
    paths.plan,
    JSON.stringify({
      storeVersion: STORE_VERSION,
      hash,
      source: { name: EXPERIMENT.name, fileHash: hashOf(EXPERIMENT), overrides: [] },
      tiltyard: { version: tiltyardVersion, commit: gitCommit },
      runs,
    } satisfies PlanRow),
  );
  runs.forEach((spec, i) => writeRun(paths.run(spec.id), spec, seeds.get(spec.seed)!, i % 499 === 498));
  return runs.length;
}

function seedOf(seed: number): Seed {
  const rng = Rng.fromSeed(seed).split('prompts');
  const prompts = Array.from({ length: EXPERIMENT.evaluation.testPrompts }, () => ({
    text: `on the ${sentence(rng, 8)} :`,
    gold: 1.5 * rng.normal(),
    luck: rng.normal(),
  }));
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
    jsonl(
      paths.pairs,
      Array.from({ length: EXPERIMENT.collect.pairs }, (_, i) =>
        pair(rng, `train-${i}`, `on the ${sentence(rng, 8)} :`),
      ),
    );
    jsonl(
      paths.heldout,
      seed.prompts.map(({ text }, i) => pair(rng, `test-${i}`, text)),
    );
  }
  if (spec.kind === 'train' && !isSampler(spec)) jsonl(paths.steps, steps(rng));
  if (gives === 'policy') {
    // How far the configuration goes, and how well it turns KL into gold: its own numbers, and a little of
    // the seed's.
    const own = Rng.fromSeed(spec.label.replace(' (A/A)', ''));
    const compared = spec.role !== 'shared';
    const end = compared ? Math.exp(own.uniform() * 3 - 0.7 + 0.1 * rng.normal()) : 0;
    const worth = 0.6 + 0.4 * own.uniform() + 0.05 * rng.normal();
    const at = (kl: number) => ({ gold: worth * Math.sqrt(kl) - 0.1 * kl, proxy: 0.8 * Math.sqrt(kl) });
    const validation = isSampler(spec)
      ? [validationRow(rng, spec, 0, end, at)]
      : Array.from({ length: EVALUATIONS }, (_, i) =>
          validationRow(rng, spec, i, end * (i / (EVALUATIONS - 1)) ** 1.5, at),
        );
    const samples = failed
      ? []
      : seed.prompts.map((prompt, i) => sample(rng, i, prompt, end, compared ? at(end) : null));
    if (!failed) jsonl(paths.samples, samples);
    jsonl(paths.evals, failed ? validation : [...validation, testRow(spec, samples, seed)]);
  }
  writeFileSync(paths.outcome, JSON.stringify(outcome(rng, spec, gives === 'reward', failed)));
}
