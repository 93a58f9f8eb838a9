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
