import { existsSync } from 'node:fs';
import { readJson } from '../../harness/store/atomic.js';
import { runPaths } from '../../harness/store/layout.js';
import { readJsonl, streamJsonl } from '../../harness/store/jsonl.js';
import { finished, type StoredRun } from '../../harness/store/read.js';
import type { EvalRow, PairRow, SampleRow } from '../../harness/store/records.js';
import type { DrawGoldsRow, MeasuredRow } from '../../harness/store/shared.js';
import { perPrompt, sampleKey } from './prompts.js';

/** A run's final evaluation, keyed by prompt and sample so that runs can be paired. */
export interface RunSamples {
  readonly keys: readonly string[];
  readonly index: ReadonlyMap<string, number>;
  readonly prompts: readonly string[];
  readonly gold: Float64Array | null;
  readonly proxy: Float64Array | null;
  /** By the reward that chooses. */
  readonly chooser: Float64Array | null;
  readonly lengths: Float64Array;
  /** The first few texts, for showing. */
  readonly texts: readonly string[];
}

const TEXTS = 8;

/**
 * Lists that many runs have in common (keys of all, prompts of a seed), each held once: equal lists come back
 * as one object.
 */
export class SharedLists {
  private readonly known = new Map<
    string,
    { readonly list: readonly string[]; readonly index: ReadonlyMap<string, number> }[]
  >();

  /** @returns the list first seen with these items, and where each item is in it */
  share(list: readonly string[]): {
    readonly list: readonly string[];
    readonly index: ReadonlyMap<string, number>;
  } {
    const bucket = this.known.get(list[0]!) ?? [];
    const found = bucket.find(
      (entry) => entry.list.length === list.length && entry.list.every((item, i) => item === list[i]),
    );
    if (found !== undefined) return found;
    const entry = { list, index: new Map(list.map((item, i) => [item, i])) };
    this.known.set(list[0]!, [...bucket, entry]);
    return entry;
  }
}

/**
 * Null where the run has no rows.
 * @param shared what other runs hold already; pass one for all runs of a report
 */
export function readSamples(run: StoredRun, shared = new SharedLists()): RunSamples | null {
  const keys: string[] = [];
  const prompts: string[] = [];
  const gold: (number | null)[] = [];
  const proxy: (number | null)[] = [];
  const chooser: (number | null)[] = [];
  const lengths: number[] = [];
  const texts: string[] = [];
  for (const row of streamJsonl<SampleRow>(runPaths(run.dir).samples)) {
    keys.push(sampleKey(row.promptId, row.sample));
    prompts.push(row.prompt);
    gold.push(row.gold);
    proxy.push(row.proxy);
    chooser.push(row.chooser ?? null);
    lengths.push(row.tokens);
    if (texts.length < TEXTS) texts.push(row.completion);
  }
  if (keys.length === 0) return null;
  const known = (values: readonly (number | null)[]): Float64Array | null =>
    values.every((v) => v !== null) ? Float64Array.from(values as number[]) : null;
  const keyed = shared.share(keys);
  return {
    keys: keyed.list,
    index: keyed.index,
    prompts: shared.share(prompts).list,
    gold: known(gold),
    proxy: known(proxy),
    chooser: known(chooser),
    lengths: Float64Array.from(lengths),
    texts,
  };
}

/** JSON writes what is no number as null, which counts as 0 where it is added up: such figures are none. */
export const readEvals = (run: StoredRun): EvalRow[] =>
  readJsonl<EvalRow>(runPaths(run.dir).evals, ['kl']).map((row) => ({
    ...row,
    exact: isMissing(row.exact?.goldReward) ? null : row.exact,
    kl: isMissing(row.kl.exact?.mean) ? { ...row.kl, exact: null } : row.kl,
  }));

const isMissing = (value: number | null | undefined): boolean => value === null;

/** Gold rewards of the data's own answers to test prompts, by prompt id, from a measure run. */
export function readAnswers(run: StoredRun | null): Readonly<Record<string, number>> | null {
  if (run === null || !finished(run)) return null;
  const { measured } = runPaths(run.dir);
  return existsSync(measured) ? (readJson<MeasuredRow>(measured).chosen ?? null) : null;
}

/** Gold rewards of what a draw run drew; none where the data has no gold reward. */
export const readDrawGolds = (run: StoredRun): DrawGoldsRow[] => {
  const { golds } = runPaths(run.dir);
  return finished(run) && existsSync(golds) ? readJsonl<DrawGoldsRow>(golds) : [];
};

/** Gold reward of the chosen completion of each held-out prompt. */
export function readChosen(run: StoredRun): ReadonlyMap<string, number> {
  const out = new Map<string, number>();
  for (const row of streamJsonl<PairRow>(runPaths(run.dir).heldout))
    if (row.goldChosen !== null && !out.has(row.prompt)) out.set(row.prompt, row.goldChosen);
  return out;
}

/**
 * Gold rewards and completion lengths of two runs at the prompts both have, in the order of the first. Not to
 * be written to: where both have the same prompts these are the runs' own.
 */
export interface PairedSamples {
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly lengthDifference: Float64Array;
  /** Of each. */
  readonly keys: readonly string[];
}

/** Empty where either has no gold reward. */
export function pairedGold(a: RunSamples, b: RunSamples): PairedSamples {
  if (a.gold === null || b.gold === null)
    return {
      a: new Float64Array(),
      b: new Float64Array(),
      lengthDifference: new Float64Array(),
      keys: [],
    };
  if (a.keys === b.keys)
    return {
      a: a.gold,
      b: b.gold,
      lengthDifference: a.lengths.map((x, i) => x - b.lengths[i]!),
      keys: a.keys,
    };
  const shared = a.keys.flatMap((k, i) => (b.index.has(k) ? [[i, b.index.get(k)!] as const] : []));
  return {
    a: Float64Array.from(shared, ([i]) => a.gold![i]!),
    b: Float64Array.from(shared, ([, j]) => b.gold![j]!),
    lengthDifference: Float64Array.from(shared, ([i, j]) => a.lengths[i]! - b.lengths[j]!),
    keys: shared.map(([i]) => a.keys[i]!),
  };
}

/** a minus b at every prompt. */
export const difference = ({ a, b, keys }: PairedSamples): Float64Array =>
  perPrompt(
    a.map((x, i) => x - b[i]!),
    keys,
  );

/** Values of a run's samples, the mean of those of each prompt. */
export const ofPrompts = ({ keys }: RunSamples, values: Float64Array): Float64Array =>
  perPrompt(values, keys);
