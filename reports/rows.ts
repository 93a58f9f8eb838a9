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

/** Runs evaluated on the same prompts share one list of keys: thousands of runs would not fit otherwise. */
export class Layouts {
  private readonly known = new Map<string, Pick<RunSamples, 'keys' | 'index' | 'prompts'>>();

  shared(keys: readonly string[], prompts: readonly string[]): Pick<RunSamples, 'keys' | 'index' | 'prompts'> {
    const name = JSON.stringify([keys, prompts]);
    let layout = this.known.get(name);
    if (layout === undefined) this.known.set(name, (layout = { keys, index: new Map(keys.map((k, i) => [k, i])), prompts }));
    return layout;
  }
}

export function readSamples(run: StoredRun, layouts = new Layouts()): RunSamples | null {
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
  return { ...layouts.shared(keys, prompts), gold: known(gold), proxy: known(proxy), lengths: Float64Array.from(lengths), texts };
}

export const readEvals = (run: StoredRun): EvalRow[] => readJsonl<EvalRow>(runPaths(run.dir).evals);

/** Gold reward of the chosen completion of each held-out prompt. */
export function readChosen(run: StoredRun): ReadonlyMap<string, number> {
  const out = new Map<string, number>();
  for (const row of streamJsonl<PairRow>(runPaths(run.dir).heldout)) if (row.goldChosen !== null && !out.has(row.prompt)) out.set(row.prompt, row.goldChosen);
  return out;
}

/** Gold rewards and completion lengths of two runs at the prompts both have, in the order of the first. */
export interface PairedSamples {
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly lengthDifference: Float64Array;
}

/** Empty where either has no gold reward. */
export function pairedGold(a: RunSamples, b: RunSamples): PairedSamples {
  if (a.gold === null || b.gold === null) return { a: new Float64Array(), b: new Float64Array(), lengthDifference: new Float64Array() };
  if (a.keys === b.keys) return { a: a.gold, b: b.gold, lengthDifference: a.lengths.map((x, i) => x - b.lengths[i]!) };
  const shared = a.keys.flatMap((k, i) => (b.index.has(k) ? [[i, b.index.get(k)!] as const] : []));
  return {
    a: Float64Array.from(shared, ([i]) => a.gold![i]!),
    b: Float64Array.from(shared, ([, j]) => b.gold![j]!),
    lengthDifference: Float64Array.from(shared, ([i, j]) => a.lengths[i]! - b.lengths[j]!),
  };
}

export const difference = ({ a, b }: PairedSamples): Float64Array => a.map((x, i) => x - b[i]!);

const TRAINING: readonly Phase[] = ['rollout', 'score', 'forward', 'update'];
export const trainingFlops = (ledger: Ledger): number => TRAINING.reduce((sum, phase) => sum + ledger.flops[phase], 0);
export const trainingSeconds = (outcome: OutcomeRow): number => TRAINING.reduce((sum, phase) => sum + outcome.clock.seconds[phase], 0);
