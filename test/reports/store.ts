import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashOf } from '../../harness/hash.js';
import type { StoredExperiment, StoredRun } from '../../harness/store/read.js';
import type { CardUse, EvalRow, OutcomeRow, SampleRow } from '../../harness/store/records.js';
import type { RunSpec, StageFacts } from '../../harness/store/spec.js';

/** One evaluation along training. */
export interface Point {
  readonly kl: number;
  readonly gold: number;
  readonly proxy?: number | null;
  readonly win?: number | null;
  readonly flops?: number;
}

/**
 * A run by hand: what it has on each test prompt, and along training (its first point before the first step).
 */
export interface HandRun {
  readonly label: string;
  readonly stage?: string;
  readonly role?: RunSpec['role'];
  readonly seed: number;
  readonly gold: readonly number[];
  readonly proxy?: readonly number[];
  /** Of each sample, by the reward that chooses. */
  readonly chosenBy?: readonly number[];
  /** Samples of each prompt, one after another in `gold`; default 1. */
  readonly samples?: number;
  readonly tokens?: readonly number[];
  readonly curve?: readonly Point[];
  /** Of a sampler, which has no curve: on validation and on test prompts. */
  readonly sampler?: Point;
  readonly reward?: string;
  /** What labelled its pairs. */
  readonly relabel?: string;
  /** What its stage learns from; absent: the folder does not say. */
  readonly learnsFrom?: StageFacts['learnsFrom'];
  readonly params?: Readonly<Record<string, unknown>>;
  /** Scores of another reward along training, in step with `curve`. */
  readonly chooser?: readonly number[];
  /** Where completions are listed, on test prompts. */
  readonly exact?: Pick<NonNullable<EvalRow['exact']>, 'goldReward' | 'frontier'>;
  readonly outcome?: OutcomeRow['outcome'] | null;
  readonly device?: string;
  /** What operands of its products were rounded to. */
  readonly precision?: string;
  /** What it took of a card. */
  readonly card?: CardUse;
  readonly node?: string;
}

export const START = 'start';
const estimate = (mean: number | null | undefined) =>
  mean === null || mean === undefined ? null : { mean, se: 0.1, n: 8 };
const ROLES: StageFacts['roles'] = {
  beta: { kind: 'strength', holdsBack: 'larger' },
  learningRate: { kind: 'learning-rate' },
};
const phases = (update: number) => ({ rollout: 0, score: 0, forward: 0, update, eval: 0 });

/**
 * Writes the runs' rows under `dir` as the worker does. Every run but the starts begins from `start` of its
 * seed.
 */
export function handStore(
  dir: string,
  runs: readonly HandRun[],
  settings: Partial<StoredExperiment['experiment']> = {},
): StoredExperiment {
  const experiment = {
    name: 'by hand',
    description: '',
    seeds: [...new Set(runs.map((r) => r.seed))],
    dataset: { name: 'none', params: {} },
    policy: { kind: 'tabular' },
    ...settings,
  } as unknown as StoredExperiment['experiment'];
  return {
    dir,
    experiment,
    hash: hashOf(experiment),
    source: { name: 'by hand', fileHash: '', overrides: [] },
    tiltyard: { version: '1', commit: null },
    data: null,
    stages: Object.fromEntries(
      runs.flatMap(({ learnsFrom, stage, label }) =>
        learnsFrom === undefined ? [] : [[stage ?? label, { learnsFrom, roles: ROLES }]],
      ),
    ),
    runs: runs.map((run) => stored(dir, run)),
  };
}

function stored(dir: string, run: HandRun): StoredRun {
  const id = `${run.label}-s${run.seed}`;
  const at = join(dir, id.replaceAll(/[^\w.-]/g, '_'));
  mkdirSync(at, { recursive: true });
  const evalRow = (point: Point, step: number, split: EvalRow['split']): EvalRow => ({
    step,
    split,
    goldReward: estimate(point.gold),
    proxyReward: estimate(point.proxy),
    winRate: estimate(point.win),
    kl: {
      exact: estimate(point.kl),
      raoBlackwell: run.sampler === undefined ? estimate(point.kl) : null,
      k1: null,
      sampler: run.sampler === undefined ? null : { ...estimate(point.kl)!, name: 'a sampler' },
    },
    exact: null,
    length: estimate(3)!,
    finishedShare: 1,
    flops: point.flops ?? step * 100,
    clock: { atMs: 0, trainSeconds: (point.flops ?? step * 100) / 100 },
  });
  const rows = [
    ...(run.curve ?? []).map((point, step) => ({
      ...evalRow(point, step, 'validation'),
      ...(run.chooser === undefined ? {} : { chooserReward: estimate(run.chooser[step])! }),
    })),
    ...(run.sampler === undefined
      ? []
      : (['validation', 'test'] as const).map((split) => evalRow(run.sampler!, 0, split))),
    ...(run.exact === undefined
      ? []
      : [
          {
            ...evalRow(run.curve?.at(-1) ?? { kl: 0, gold: run.exact.goldReward }, 0, 'test'),
            exact: { frontierEfficiency: null, regret: 0, ...run.exact },
          },
        ]),
  ];
  const samples = run.gold.map(
    (gold, i): SampleRow => ({
      promptId: `p${Math.floor(i / (run.samples ?? 1))}`,
      prompt: `prompt ${Math.floor(i / (run.samples ?? 1))}`,
      sample: i % (run.samples ?? 1),
      completion: 'x',
      tokens: run.tokens?.[i] ?? 3,
      finished: true,
      gold,
      proxy: run.proxy?.[i] ?? null,
      ...(run.chosenBy === undefined ? {} : { chooser: run.chosenBy[i]! }),
      logp: null,
      refLogp: null,
      klRaoBlackwell: null,
    }),
  );
  const lines = (values: readonly unknown[]): string => values.map((v) => `${JSON.stringify(v)}\n`).join('');
  writeFileSync(join(at, 'evals.jsonl'), lines(rows));
  writeFileSync(join(at, 'samples.jsonl'), lines(samples));
  const flops = rows.at(-1)?.flops ?? 0;
  const role = run.role ?? (run.label === START ? 'shared' : 'compared');
  const spec = {
    id,
    kind: 'train',
    stage: run.stage ?? run.label,
    label: run.label,
    role,
    seed: run.seed,
    algorithm: { name: 'some', module: 'some', params: run.params ?? {} },
    dataset: { name: 'none', params: {} },
    inputs: {
      start: role === 'shared' ? null : `${START}-s${run.seed}`,
      pairs: null,
      reward: run.reward === undefined ? null : `${run.reward}-s${run.seed}`,
      proxy: null,
      ...(run.relabel === undefined ? {} : { relabel: `${run.relabel}-s${run.seed}` }),
    },
  } as unknown as RunSpec;
  const outcome = {
    outcome: run.outcome ?? 'completed',
    cause: null,
    parameters: 1,
    ledger: {
      flops: phases(flops),
      tokensTrained: 0,
      tokensGenerated: 0,
      modelCopies: 1,
      trainableCopies: 1,
    },
    engine: {
      name: 'reference',
      device: run.device ?? 'cpu',
      reason: '',
      ...(run.precision === undefined ? {} : { precision: run.precision }),
    },
    summary: {},
    clock: {
      seconds: phases(flops / 100),
      peakRssBytes: 1,
      wallSeconds: 100,
      ...(run.card === undefined ? {} : { card: run.card }),
      concurrent: false,
      environment: { cpuModel: 'c', tiltyardVersion: '1', nodeVersion: run.node ?? 'v20', gitCommit: null },
    },
  } as unknown as OutcomeRow;
  return { spec, outcome: run.outcome === null ? null : outcome, dir: at };
}
