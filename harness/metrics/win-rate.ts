/** 1 where the first reward is higher, 0 where it is lower, 1/2 for a tie. */
export const outcome = (a: number, b: number): number => (a > b ? 1 : a < b ? 0 : 0.5);

/** Per-prompt outcomes of a against b. */
export function wins(a: ArrayLike<number>, b: ArrayLike<number>): Float64Array {
  if (a.length !== b.length)
    throw new RangeError(`wins: ${a.length} rewards against ${b.length}; pair them by prompt first`);
  const out = new Float64Array(a.length);
  for (let i = 0; i < out.length; i++) out[i] = outcome(a[i]!, b[i]!);
  return out;
}

/** sigma(r_a - r_b) per prompt: P(a wins) under a Bradley-Terry judge, with far less variance than `wins`. */
export function softWins(a: ArrayLike<number>, b: ArrayLike<number>): Float64Array {
  if (a.length !== b.length)
    throw new RangeError(`softWins: ${a.length} rewards against ${b.length}; pair them by prompt first`);
  const out = new Float64Array(a.length);
  for (let i = 0; i < out.length; i++) out[i] = 1 / (1 + Math.exp(b[i]! - a[i]!));
  return out;
}
