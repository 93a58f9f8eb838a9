import { createHash } from 'node:crypto';
import type { Demonstration } from '../contracts/dataset.js';
import { TiltyardError } from '../errors.js';
import { lazyList } from '../lazy-list.js';
import { normalisedPrompt } from '../prompt-splits.js';
import type { TokenRow } from '../policy/batch.js';
import { jsonlList } from '../store/jsonl-list.js';
import type { RunPaths } from '../store/layout.js';
import type { PairRow } from '../store/records.js';
import type { RunSpec } from '../store/spec.js';
import { pairMaking, sidesOf, type TokenData, tokensOf } from './data.js';
import { checkLeft } from './shared-file.js';
import { type Making, tokenList } from './token-list.js';
import { textRows } from './text-rows.js';

/**
 * Collected pairs of a run: those that it learns from, or the other side, on which it is measured. Null
 * without.
 */
export function collectedPairs(
  { inputs, pairs, heldoutPart, stage }: RunSpec,
  runs: (id: string) => RunPaths,
  side: 'own' | 'other',
): readonly PairRow[] | null {
  if (inputs.pairs === null) return null;
  const collected = runs(inputs.pairs);
  const heldout = (pairs === 'heldout') === (side === 'own');
  const path = heldout ? collected.heldout : collected.pairs;
  checkLeft(collected, path, stage);
  const rows = jsonlList<PairRow>(path);
  return side === 'other' ? rows : inHeldoutPart({ heldoutPart }, rows);
}

/** Those that a run learns from: all, or those of its half of the held-out ones. */
export function inHeldoutPart<R extends { readonly prompt: string }>(
  { heldoutPart }: { readonly heldoutPart?: RunSpec['heldoutPart'] },
  rows: readonly R[],
): readonly R[] {
  if (heldoutPart === undefined) return rows;
  const own: number[] = [];
  for (let i = 0; i < rows.length; i++) if (partOf(rows[i]!.prompt) === heldoutPart) own.push(i);
  return lazyList(own.length, (i) => rows[own[i]!]!);
}

/** Half of the held-out prompts each, by a hash of their text: every pair of a prompt is on one side. */
function partOf(prompt: string): NonNullable<RunSpec['heldoutPart']> {
  const digest = createHash('sha256')
    .update(`part\0${normalisedPrompt(prompt)}`)
    .digest();
  return digest[0]! % 2 === 0 ? 'judge' : 'chooser';
}

/** What `completions` are to a run: the chosen side of its pairs, all their texts, or the data's corpus. */
export function completionRows(
  spec: RunSpec,
  data: TokenData,
  pairs: readonly PairRow[] | null,
): readonly TokenRow[] {
  if (spec.completions !== 'corpus') {
    if (pairs !== null && spec.completions === 'texts')
      return textRows(sidesOf(tokenList(pairs.length, pairMaking(data, pairs))), data.shape.completion);
    if (pairs !== null) {
      const make = (i: number): TokenRow => {
        const { prompt, chosen, id, closed } = pairs[i]!;
        return data.row(prompt, chosen, id, closed);
      };
      return tokenList(pairs.length, { make, tokensOf });
    }
    const message = `completions '${spec.completions}' needs pairs; add a collect section to the experiment`;
    throw new TiltyardError('no-pairs', `stage ${spec.stage}: ${message}`);
  }
  const corpus = data.dataset.corpus?.();
  if (corpus !== undefined) return tokenList(corpus.length, corpusMaking(data, corpus));
  const problem = `dataset ${spec.dataset.name} has no corpus`;
  throw new TiltyardError('no-corpus', `stage ${spec.stage}: ${problem}; use completions: chosen`);
}

/** How completions of the data's corpus become rows. */
export const corpusMaking = (data: TokenData, corpus: readonly Demonstration[]): Making<TokenRow> => ({
  make: (i) => {
    const { prompt, completion, id, closed } = corpus[i]!;
    return data.row(prompt, completion, id, closed);
  },
  tokensOf,
});
