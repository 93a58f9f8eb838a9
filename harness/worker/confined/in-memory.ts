import { TiltyardError } from '../../errors.js';
import type { TokenRow } from '../../policy/batch.js';
import { tokensOf } from '../data.js';
import type { Supply } from '../supply.js';

/** Tokens that are laid out for a plugin that is not built in, at most: all lie in its memory at once. */
const MOST = 2 ** 26;

/**
 * What a plugin learns from as arrays, which can be sent to another process.
 * @param stage for messages
 * @throws TiltyardError for more than that process could hold
 */
export function inMemory(supply: Supply, stage: string, most = MOST): Supply {
  let left = most;
  const held = <R>(rows: readonly R[], size: (row: R) => number): R[] =>
    Array.from({ length: rows.length }, (_, i) => {
      const row = rows[i]!;
      left -= size(row);
      if (left >= 0) return row;
      const who = 'a plugin that is not built in';
      const what = `its data has more than the ${most} tokens that ${who} can be given`;
      const remedy = 'lower collect.pairs, or give it a file with fewer rows';
      throw new TiltyardError('too-much-data', `stage ${stage}: ${what}; ${remedy}`);
    });
  const rowsOf = (rows: readonly TokenRow[]): TokenRow[] => held(rows, tokensOf);
  const { pairs, unpaired, completions, prompts } = supply;
  return {
    ...supply,
    pairs: pairs && { ...pairs, chosen: rowsOf(pairs.chosen), rejected: rowsOf(pairs.rejected) },
    unpaired: unpaired && { ...unpaired, rows: rowsOf(unpaired.rows) },
    completions: completions && rowsOf(completions),
    prompts: held(prompts, ({ ids }) => ids.length),
  };
}
