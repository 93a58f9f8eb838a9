import type { TokenPrompt } from '../contracts/batches.js';
import type { TokenRow } from '../policy/batch.js';
import { Rng } from '../rng.js';
import type { PairRow } from '../store/records.js';
import type { MeasuredRow } from '../store/shared.js';
import { type TokenData, type TokenPairs, tokenPairs } from './data.js';
import { collectedPairs, completionRows } from './inputs.js';
import type { Job } from './job.js';
import { type KnownLogps, knownLogps } from './measured.js';
import { labelScores } from './label-scores.js';
import { relabel } from './relabel.js';
import { tokenList } from './token-list.js';
import { judgedRows, type TokenJudgements } from './unpaired.js';

/** What a plugin learns from, in tokens: of what earlier runs left and of the dataset, what it needs. */
export interface Supply {
  readonly pairs: TokenPairs | null;
  /** Null for a plugin that does not need completions judged one by one. */
  readonly unpaired: TokenJudgements | null;
  readonly completions: readonly TokenRow[] | null;
  readonly prompts: readonly TokenPrompt[];
  /** Share of the pairs that keep the data's label under the reward that labels them; null without one. */
  readonly agreement: number | null;
  /** log pi_ref of its pairs, where that is known. */
  readonly known: KnownLogps | null;
}

/**
 * @param needs of the plugin
 * @param measured what is known of its start; null where nothing is
 */
export async function supplyOf(
  job: Job,
  needs: readonly string[],
  measured: MeasuredRow | null,
): Promise<Supply> {
  return supplied(job, needs, await ownPairs(job, measured));
}

/** What a plugin learns from, of pairs that are labelled. */
export function supplied(
  { spec, data }: Job,
  needs: readonly string[],
  { rows, agreement, known, chances }: OwnPairs,
): Supply {
  const labels = chances === undefined ? {} : { chances };
  return {
    pairs:
      needs.includes('pairs') && rows !== null ? { ...tokenPairs(data, rows, 'pairs'), ...labels } : null,
    unpaired: needs.includes('unpaired') ? judgedRows(spec, data, rows) : null,
    completions: needs.includes('completions') ? completionRows(spec, data, rows) : null,
    prompts: needs.includes('prompts') ? trainPrompts(data) : [],
    agreement,
    known,
  };
}

function trainPrompts(data: TokenData): readonly TokenPrompt[] {
  const prompts = data.dataset.prompts('train');
  const make = (i: number): TokenPrompt => data.prompt(prompts[i]!.id, prompts[i]!.prompt);
  return tokenList(prompts.length, { make, tokensOf: ({ ids }) => ids.length });
}

/** Collected pairs that a run learns from, with the labels that it is to learn from; no rows without. */
export interface OwnPairs extends Pick<Supply, 'agreement' | 'known'> {
  readonly rows: readonly PairRow[] | null;
  readonly chances?: readonly number[];
}

/** @param measured what is known of its start; null where nothing is */
export async function ownPairs(job: Job, measured: MeasuredRow | null): Promise<OwnPairs> {
  const { spec, runs } = job;
  const collected = collectedPairs(spec, runs, 'own');
  if (collected === null) return { rows: null, agreement: null, known: null };
  const knownOf = (rows: readonly PairRow[]): KnownLogps | null =>
    knownLogps(spec, measured, 'own', collected, rows);
  if (spec.inputs.relabel === undefined)
    return { rows: collected, agreement: null, known: knownOf(collected) };
  const scores = await labelScores(job, spec.inputs.relabel, collected);
  const rng = Rng.fromSeed(spec.seed).split('relabel');
  const { pairs: rows, ...labels } = relabel(collected, scores, spec.relabel!, rng);
  return { rows, known: knownOf(rows), ...labels };
}
