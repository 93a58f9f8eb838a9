import { lazyList } from '../lazy-list.js';

/**
 * Tokens of one list that are kept, at eight bytes each. Whatever is kept lets as much garbage lie, a few
 * times over, before it is looked for: more rows would cost more than their own memory.
 */
const KEPT = 2 ** 21;

/** How a row is made of its number, and how many tokens it takes to keep. */
export interface Making<R> {
  readonly make: (index: number) => R;
  readonly tokensOf: (row: R) => number;
  /** Tokens that are kept; default: two million. */
  readonly most?: number;
}

/**
 * Rows in tokens, so that data of any size takes the memory of some: rows are kept while there is room, and
 * those behind them are made anew whenever they are looked at. Each is made once before the list is there, so
 * that one that no run can use is refused before the first step.
 * @returns an array in memory where all are kept
 * @throws what `make` throws
 */
export function tokenList<R>(length: number, { make, tokensOf, most = KEPT }: Making<R>): readonly R[] {
  const kept: R[] = [];
  let left = most;
  for (let i = 0; i < length; i++) {
    const row = make(i);
    left -= tokensOf(row);
    if (left >= 0) kept.push(row);
  }
  if (kept.length === length) return kept;
  const again = remembering(make);
  return lazyList(length, (i) => kept[i] ?? again(i));
}

/** Rows in tokens, each made when it is first looked at, and kept while there is room. */
export function lateTokenList<R>(length: number, { make, tokensOf, most = KEPT }: Making<R>): readonly R[] {
  const kept = new Map<number, R>();
  let left = most;
  const again = remembering(make);
  return lazyList(length, (i) => {
    const known = kept.get(i);
    if (known !== undefined) return known;
    const row = again(i);
    left -= tokensOf(row);
    if (left >= 0) kept.set(i, row);
    return row;
  });
}

/** The two sides of a pair are asked for one after the other. */
function remembering<R>(make: (index: number) => R): (index: number) => R {
  let [at, last]: [number, R | undefined] = [-1, undefined];
  return (index) => {
    if (index !== at || last === undefined) [at, last] = [index, make(index)];
    return last;
  };
}
