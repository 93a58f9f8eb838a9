import { readJsonl } from '../store/jsonl.js';
import type { LlmJudge } from '../store/experiment.js';
import { runPaths } from '../store/layout.js';
import { finished, type StoredExperiment, type StoredRun } from '../store/read.js';
import type { EvalRow } from '../store/records.js';
import { PAIR_FIGURES } from '../store/reward-figures.js';

/** A policy of one seed that meets its start. */
export interface Comparison {
  readonly stage: string;
  readonly seed: number;
  readonly run: StoredRun;
  readonly start: StoredRun;
  /** By what chose among configurations, on validation prompts; null where nothing had to, or could. */
  readonly score: number | null;
}

/** What meets its start, and what cannot: a sentence each. */
export interface Comparisons {
  readonly found: readonly Comparison[];
  readonly missing: readonly string[];
}

/**
 * The policies that language models judge: of each family and seed the configuration that tuning chose, by
 * its score on validation prompts and never by a verdict, or every one.
 */
export function comparisons(stored: StoredExperiment, policies: LlmJudge['policies']): Comparisons {
  const byId = new Map(stored.runs.map((run) => [run.spec.id, run]));
  const compared = stored.runs.filter(
    (run) => run.spec.role === 'compared' && run.spec.kind === 'train' && finished(run),
  );
  const score = scorer(stored, compared);
  const found: Comparison[] = [];
  const missing = new Set<string>();
  for (const entries of grouped(compared)) {
    const scored = entries.map((run) => ({ run, score: score(run) }));
    const { stage, seed } = entries[0]!.spec;
    const taken = policies === 'all' ? scored : chosen(scored);
    if (taken.length === 0) missing.add(`${stage}: nothing could choose among its configurations`);
    for (const each of taken) {
      const start = startOf(each.run, byId);
      if (start === null) missing.add(`${stage}: its start has no samples`);
      else found.push({ stage, seed, ...each, start });
    }
  }
  return { found, missing: [...missing] };
}

/** By stage and seed, in the order of the plan. */
function grouped(runs: readonly StoredRun[]): StoredRun[][] {
  const groups = new Map<string, StoredRun[]>();
  for (const run of runs) {
    const key = JSON.stringify([run.spec.stage, run.spec.seed]);
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return [...groups.values()];
}

type Scored = Pick<Comparison, 'run' | 'score'>;

/** The first with the highest score; one that is alone needs none. */
function chosen(scored: readonly Scored[]): readonly Scored[] {
  if (scored.length === 1) return scored;
  if (scored.some(({ score }) => score === null)) return [];
  return [scored.reduce((best, one) => (one.score! > best.score! ? one : best))];
}

/** What a configuration scores by what chooses, at its end (METHOD.md, *Who chooses*). */
function scorer(
  { experiment }: StoredExperiment,
  compared: readonly StoredRun[],
): (run: StoredRun) => number | null {
  const ranked = (run: StoredRun): number | null => run.outcome?.summary[PAIR_FIGURES.accuracy] ?? null;
  const said = experiment.tuning?.by ?? 'proxy';
  const isScored = compared.some(({ spec }) => (spec.inputs.reward ?? spec.inputs.proxy) !== null);
  const byPairs = said === 'proxy' && !isScored && compared.every((run) => ranked(run) !== null);
  if (said === 'pairs' || byPairs) return ranked;
  return (run) => {
    const rows = readJsonl<EvalRow>(runPaths(run.dir).evals);
    const validation = rows.filter(({ split }) => split === 'validation');
    const last = (validation.length > 0 ? validation : rows).at(-1);
    return (said === 'chooser' ? last?.chooserReward : last?.proxyReward)?.mean ?? null;
  };
}

/** The run that made its start, or the one that measured the checkpoint that it is. */
function startOf({ spec }: StoredRun, byId: ReadonlyMap<string, StoredRun>): StoredRun | null {
  const run = byId.get(spec.inputs.start ?? spec.inputs.measured ?? '');
  return run !== undefined && finished(run) ? run : null;
}
