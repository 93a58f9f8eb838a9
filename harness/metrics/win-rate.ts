/** Per-prompt outcomes of a against b: 1 where a's reward is higher, 0 where lower, 1/2 for a tie. */
export function wins(a: ArrayLike<number>, b: ArrayLike<number>): Float64Array {
  if (a.length !== b.length)
    throw new RangeError(`wins: ${a.length} rewards against ${b.length}; pair them by prompt first`);
  const out = new Float64Array(a.length);
  for (let i = 0; i < out.length; i++) out[i] = a[i]! > b[i]! ? 1 : a[i]! < b[i]! ? 0 : 0.5;
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
