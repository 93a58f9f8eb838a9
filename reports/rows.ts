import { runPaths } from '../harness/store/layout.js';
import { readJsonl, streamJsonl } from '../harness/store/jsonl.js';
import type { StoredRun } from '../harness/store/read.js';
import type { EvalRow, Ledger, OutcomeRow, PairRow, Phase, SampleRow } from '../harness/store/records.js';

/** A run's final evaluation, keyed by prompt and sample so that runs can be paired. */
export interface RunSamples {
  readonly keys: readonly string[];
  readonly index: ReadonlyMap<string, number>;
  readonly prompts: readonly string[];
  readonly gold: Float64Array | null;
  readonly proxy: Float64Array | null;
  readonly lengths: Float64Array;
  /** The first few texts, for showing. */
  readonly texts: readonly string[];
}

const TEXTS = 64;

export function readSamples(run: StoredRun): RunSamples | null {
  const keys: string[] = [];
  const prompts: string[] = [];
  const gold: (number | null)[] = [];
  const proxy: (number | null)[] = [];
  const lengths: number[] = [];
  const texts: string[] = [];
  for (const row of streamJsonl<SampleRow>(runPaths(run.dir).samples)) {
    keys.push(`${row.promptId}#${row.sample}`);
    prompts.push(row.prompt);
    gold.push(row.gold);
    proxy.push(row.proxy);
    lengths.push(row.tokens);
    if (texts.length < TEXTS) texts.push(row.completion);
  }
  if (keys.length === 0) return null;
  const known = (values: readonly (number | null)[]): Float64Array | null => (values.every((v) => v !== null) ? Float64Array.from(values as number[]) : null);
  return { keys, index: new Map(keys.map((k, i) => [k, i])), prompts, gold: known(gold), proxy: known(proxy), lengths: Float64Array.from(lengths), texts };
}

export const readEvals = (run: StoredRun): EvalRow[] => readJsonl<EvalRow>(runPaths(run.dir).evals);

/** Gold reward of the chosen completion of each held-out prompt. */
export function readChosen(run: StoredRun): ReadonlyMap<string, number> {
  const out = new Map<string, number>();
  for (const row of streamJsonl<PairRow>(runPaths(run.dir).heldout)) if (row.goldChosen !== null && !out.has(row.prompt)) out.set(row.prompt, row.goldChosen);
  return out;
}

/** Values of two runs at the prompts both have, in the order of the first. */
export function pairedGold(a: RunSamples, b: RunSamples): { a: Float64Array; b: Float64Array } {
  const shared = a.gold === null || b.gold === null ? [] : a.keys.filter((k) => b.index.has(k));
  return {
    a: Float64Array.from(shared, (k) => a.gold![a.index.get(k)!]!),
    b: Float64Array.from(shared, (k) => b.gold![b.index.get(k)!]!),
  };
}

/** Token lengths of a minus b at the prompts both have. */
export const pairedLengths = (a: RunSamples, b: RunSamples): Float64Array => Float64Array.from(a.keys.filter((k) => b.index.has(k)), (k) => a.lengths[a.index.get(k)!]! - b.lengths[b.index.get(k)!]!);

const TRAINING: readonly Phase[] = ['rollout', 'score', 'forward', 'update'];
export const trainingFlops = (ledger: Ledger): number => TRAINING.reduce((sum, phase) => sum + ledger.flops[phase], 0);
export const trainingSeconds = (outcome: OutcomeRow): number => TRAINING.reduce((sum, phase) => sum + outcome.clock.seconds[phase], 0);
