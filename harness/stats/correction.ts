/**
 * Holm's step-down correction of a family of p-values (Holm 1979): adjusted values, in the order given. A
 * claim whose adjusted value is below alpha may be rejected with a family-wise error of at most alpha.
 */
export function holm(p: readonly number[]): number[] {
  const order = Array.from(p.keys()).sort((a, b) => p[a]! - p[b]!);
  const out = new Array<number>(p.length);
  let running = 0;
  order.forEach((index, rank) => {
    running = Math.max(running, Math.min(1, (p.length - rank) * p[index]!));
    out[index] = running;
  });
  return out;
}

/**
 * Benjamini and Hochberg's q-values (1995, https://doi.org/10.1111/j.2517-6161.1995.tb02031.x), in the order
 * given: calling those with q at most x leaves, of what is called, an expected share of at most x wrong.
 */
export function benjaminiHochberg(p: readonly number[]): number[] {
  const order = Array.from(p.keys()).sort((a, b) => p[b]! - p[a]!);
  const out = new Array<number>(p.length);
  let running = 1;
  order.forEach((index, i) => {
    running = Math.min(running, (p.length / (p.length - i)) * p[index]!);
    out[index] = running;
  });
  return out;
}
