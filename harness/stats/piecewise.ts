/**
 * Where x lies among rising xs: between which two of them, and which share of the way. On a point both are
 * that point. Null outside.
 * @param xs at least one, rising
 */
export function locate(
  xs: readonly number[],
  x: number,
): { readonly from: number; readonly to: number; readonly share: number } | null {
  const to = xs.findIndex((at) => at >= x);
  if (to < 0 || (to === 0 && xs[0]! > x)) return null;
  if (to === 0 || xs[to] === x) return { from: to, to, share: 0 };
  return { from: to - 1, to, share: (x - xs[to - 1]!) / (xs[to]! - xs[to - 1]!) };
}

/** y at x, linear between points. Null outside them. @param xs at least one, rising @param ys as many */
export function linearAt(xs: readonly number[], ys: readonly number[], x: number): number | null {
  const found = locate(xs, x);
  if (found === null) return null;
  const [y0, y1] = [ys[found.from]!, ys[found.to]!];
  return y0 + found.share * (y1 - y0);
}

/** The range that each of these sets of places covers. Null where they share no more than one point. */
export function sharedRange(sets: readonly (readonly number[])[]): readonly [number, number] | null {
  const lo = Math.max(...sets.map((xs) => Math.min(...xs)));
  const hi = Math.min(...sets.map((xs) => Math.max(...xs)));
  return hi > lo ? [lo, hi] : null;
}

/** Mean of f over [lo, hi] by the midpoint rule on 32 intervals. */
export function meanOver([lo, hi]: readonly [number, number], f: (x: number) => number): number {
  const points = 32;
  let sum = 0;
  for (let i = 0; i < points; i++) sum += f(lo + ((i + 0.5) / points) * (hi - lo));
  return sum / points;
}

/** `count` points from lo to hi, ends included; one where they are the same. */
export function gridOf([lo, hi]: readonly [number, number], count: number): number[] {
  if (lo === hi) return [lo];
  return Array.from({ length: count }, (_, i) => (i === count - 1 ? hi : lo + (i / (count - 1)) * (hi - lo)));
}
