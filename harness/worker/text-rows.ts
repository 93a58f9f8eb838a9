import type { TokenRow } from '../policy/batch.js';

/**
 * Prompts and both sides of pairs as rows in which every token is predicted once, but for the first of each
 * prompt: a prompt that several pairs have is there once, in pieces that each follow what stands before them.
 * @param length tokens of a piece at most
 */
export function textRows(
  pairs: readonly { readonly chosen: TokenRow; readonly rejected: TokenRow }[],
  length: number,
): TokenRow[] {
  const seen = new Set<string>();
  return pairs.flatMap(({ chosen, rejected }) => {
    const key = chosen.prompt.join(' ');
    const prompt = seen.has(key) ? [] : pieces(chosen.prompt, length);
    seen.add(key);
    return [...prompt, chosen, rejected];
  });
}

function pieces(ids: readonly number[], length: number): TokenRow[] {
  const rows: TokenRow[] = [];
  for (let from = 1; from < ids.length; from += length)
    rows.push({ prompt: ids.slice(0, from), completion: ids.slice(from, from + length) });
  return rows;
}
