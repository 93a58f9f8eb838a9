import type { PairTokens } from '../../contracts/dataset.js';
import type { Tokenizer } from '../../contracts/tokenizer.js';
import { endsOf, fittingCompletion, fittingPrompt, type RowLimits, type WholePair } from './rows.js';
import { vocabularyOf } from './vocabulary.js';

/**
 * Counts the tokens of pairs as training gets them, cut to their bounds where rows are truncated.
 * @throws TiltyardError (of the function) for a pair over a bound otherwise
 */
export function pairCounter(
  tokenizer: Tokenizer,
  limits: RowLimits,
): (pair: WholePair, where: string) => PairTokens {
  const { unknown } = vocabularyOf(tokenizer);
  const ends = new Set(limits.endsWithEos ? endsOf(tokenizer) : []);
  return (pair, where) => {
    const prompt = fittingPrompt(pair.prompt, limits, where).ids;
    const chosen = fittingCompletion(tokenizer, pair.chosen, limits).ids;
    const rejected = fittingCompletion(tokenizer, pair.rejected, limits).ids;
    let unknownTokens = 0;
    if (unknown !== null)
      for (const ids of [prompt, chosen, rejected]) unknownTokens += occurrences(ids, unknown);
    return {
      prompt: prompt.length,
      chosen: chosen.length,
      rejected: rejected.length,
      equal: chosen.length === rejected.length && chosen.every((id, i) => id === rejected[i]),
      ends: { chosen: among(chosen, ends), rejected: among(rejected, ends) },
      unknown: unknownTokens,
    };
  };
}

/** How often an id is among others. */
export function occurrences(ids: readonly number[], wanted: number): number {
  let found = 0;
  for (const id of ids) if (id === wanted) found++;
  return found;
}

function among(ids: readonly number[], wanted: ReadonlySet<number>): number {
  let found = 0;
  for (const id of ids) if (wanted.has(id)) found++;
  return found;
}
