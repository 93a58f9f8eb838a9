import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Seed, seedsOf } from '../../../reports/claims/runs.js';
import type { StoredRun } from '../../../harness/store/read.js';
import type { EvalRow, OutcomeRow } from '../../../harness/store/records.js';
import type { RunSpec } from '../../../harness/store/spec.js';

/** One evaluation by hand. On every KL the exact frontier gains 1, so that gold is normalised. */
export interface Point {
  readonly kl: number;
  readonly gold: number;
  readonly proxy?: number;
  /** Default: 1 for whatever left the start. */
  readonly chooser?: number;
}

/**
 * One run by hand: `along` on validation prompts (default: the start, then the end), `end` on test prompts.
 */
export interface Run {
  readonly stage: string;
  readonly id?: string;
  readonly params?: Record<string, unknown>;
  readonly reward?: string;
  /** Id of the run that it starts from. Default: the base policy's. */
  readonly start?: string;
  readonly outcome?: 'completed' | 'diverged';
  readonly end?: Point;
  readonly along?: readonly Point[];
  readonly summary?: Record<string, number>;
  readonly flops?: number;
  readonly world?: Record<string, unknown>;
  /** Share of pairs ranked rightly at each of its steps. */
  readonly accuracies?: readonly number[];
  /** Gold rewards of its samples. */
  readonly samples?: readonly number[];
  /** Completions of its pairs, after prompt `a`. */
  readonly pairs?: readonly string[];
}

const estimate = (mean: number) => ({ mean, se: 0.01, n: 100 });
const row = (
  split: 'validation' | 'test',
  { kl, gold, proxy, chooser = kl > 0 ? 1 : 0 }: Point,
  step: number,
): EvalRow => ({
  step,
  split,
  goldReward: estimate(gold),
  proxyReward: proxy === undefined ? null : estimate(proxy),
  chooserReward: estimate(chooser),
  winRate: null,
  kl: { exact: split === 'test' ? estimate(kl) : null, raoBlackwell: estimate(kl), k1: null, sampler: null },
  exact: split === 'test' ? { goldReward: gold, frontierEfficiency: null, regret: 1 - gold } : null,
  length: estimate(6),
  finishedShare: 1,
  flops: 0,
  clock: { atMs: 0, trainSeconds: 0 },
});
const lines = (path: string, rows: readonly object[]): void =>
  writeFileSync(path, rows.map((r) => `${JSON.stringify(r)}\n`).join(''));

const SHARED: readonly string[] = ['base', 'reward', 'penalty', 'hundred'];

/**
 * Writes a store by hand: `seeds` pipeline seeds of runs, each with a base policy of gold 0, and reads it as
 * a suite would.
 */
export function stored(dir: string, seeds: number, runs: (seed: number) => readonly Run[]): StoredRun[] {
  return Array.from({ length: seeds }, (_, seed) =>
    [
      {
        stage: 'base',
        end: { kl: 0, gold: 0 },
        samples: [-1, 1],
        world: runs(seed)[0]?.world ?? {},
      } satisfies Run,
      ...runs(seed),
    ].map((run: Run, i): StoredRun => {
      const id = `${run.id ?? `${run.stage}${i}`}-s${seed}`;
      const at = join(dir, id);
      mkdirSync(at, { recursive: true });
      const whole = run.end === undefined ? [] : [{ kl: 0, gold: 0 }, run.end];
      lines(join(at, 'evals.jsonl'), [
        ...(run.along ?? whole).map((p, step) => row('validation', p, step)),
        ...(run.end === undefined ? [] : [row('test', run.end, 9)]),
      ]);
      lines(
        join(at, 'steps.jsonl'),
        (run.accuracies ?? []).map((accuracy) => ({ metrics: { 'rewards/accuracies': accuracy } })),
      );
      lines(
        join(at, 'samples.jsonl'),
        (run.samples ?? []).map((gold) => ({ gold })),
      );
      lines(
        join(at, 'pairs.jsonl'),
        (run.pairs ?? []).map((chosen) => ({ prompt: 'a', chosen, rejected: chosen })),
      );
      const flops = { rollout: 0, score: 0, forward: 0, update: run.flops ?? 0, eval: 1e9 };
      return {
        dir: at,
        spec: {
          id,
          kind: run.stage === 'collect' ? 'collect' : 'train',
          stage: run.stage,
          label: run.stage,
          role: SHARED.includes(run.stage) ? 'shared' : 'compared',
          seed,
          algorithm: { name: run.stage, module: run.stage, params: run.params ?? {} },
          dataset: { params: run.world ?? {} },
          inputs: {
            start: run.stage === 'base' ? null : `${run.start ?? 'base0'}-s${seed}`,
            pairs: null,
            reward: run.reward === undefined ? null : `${run.reward}-s${seed}`,
            proxy: null,
          },
        } as unknown as RunSpec,
        outcome: {
          outcome: run.outcome ?? 'completed',
          ledger: { flops },
          summary: run.summary ?? {},
        } as unknown as OutcomeRow,
      };
    }),
  ).flat();
}

export const handMade = (dir: string, seeds: number, runs: (seed: number) => readonly Run[]): Seed[] =>
  seedsOf(stored(dir, seeds, runs));

/** Five seeds around a value: `noise` .01 is clear, 10 drowns everything. */
export const around =
  (value: number, noise: number) =>
  (seed: number): number =>
    value + noise * [-1, 0.5, 0, 1.5, -1.2][seed]!;
