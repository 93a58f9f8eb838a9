/**
 * Where x lies among rising xs: between which two of them, and which share of the way. On a point both are that point. Null outside.
 * @param xs at least one, rising
 */
export function locate(xs: readonly number[], x: number): { readonly from: number; readonly to: number; readonly share: number } | null {
  const to = xs.findIndex((at) => at >= x);
  if (to < 0 || (to === 0 && xs[0]! > x)) return null;
  if (to === 0 || xs[to] === x) return { from: to, to, share: 0 };
  return { from: to - 1, to, share: (x - xs[to - 1]!) / (xs[to]! - xs[to - 1]!) };
}

/** Mean of f over [lo, hi] by the midpoint rule on 32 intervals. */
export function meanOver([lo, hi]: readonly [number, number], f: (x: number) => number): number {
  const points = 32;
  let sum = 0;
  for (let i = 0; i < points; i++) sum += f(lo + ((i + 0.5) / points) * (hi - lo));
  return sum / points;
}

/** `n` points from lo to hi, ends included; one where they are the same. */
export function gridOf([lo, hi]: readonly [number, number], n: number): number[] {
  return lo === hi ? [lo] : Array.from({ length: n }, (_, i) => (i === n - 1 ? hi : lo + (i / (n - 1)) * (hi - lo)));
}
