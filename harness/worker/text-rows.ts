import { createHash } from 'node:crypto';
import type { TokenRow } from '../policy/batch.js';
import { type TokenSides, tokensOf } from './data.js';
import { tokenList } from './token-list.js';

/**
 * Prompts and both sides of pairs as rows in which every token is predicted once, but for the first of each
 * prompt: a prompt that several pairs have is there once, in pieces that each follow what stands before them.
 * @param length tokens of a piece at most
 */
export function textRows({ chosen, rejected }: TokenSides, length: number): readonly TokenRow[] {
  const seen = new Set<string>();
  /** Of every pair, how many rows there are before its own; then how many there are in all. */
  const before = new Float64Array(chosen.length + 1);
  for (let i = 0; i < chosen.length; i++) {
    const { prompt } = chosen[i]!;
    const key = promptKey(prompt);
    const pieces = seen.has(key) ? 0 : Math.ceil((prompt.length - 1) / length);
    seen.add(key);
    before[i + 1] = before[i]! + pieces + 2;
  }
  const make = (row: number): TokenRow => {
    const pair = lastUpTo(before, row);
    const left = before[pair + 1]! - row;
    if (left <= 2) return (left === 2 ? chosen : rejected)[pair]!;
    const { prompt } = chosen[pair]!;
    const from = 1 + (row - before[pair]!) * length;
    return { prompt: prompt.slice(0, from), completion: prompt.slice(from, from + length) };
  };
  return tokenList(before.at(-1)!, { make, tokensOf });
}

/** A prompt's tokens in a few letters, equal for equal ones. */
export const promptKey = (ids: readonly number[]): string =>
  createHash('sha256').update(Int32Array.from(ids)).digest('base64').slice(0, 22);

/** Where a rising list has its last number that is not larger. */
function lastUpTo(numbers: Float64Array, most: number): number {
  let [low, high] = [0, numbers.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (numbers[middle]! <= most) low = middle;
    else high = middle;
  }
  return low;
}
