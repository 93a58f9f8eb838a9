/** 95 % Wilson score interval of a proportion (Wilson 1927). `wins` may be a half-integer where ties count half. */
export function wilson(wins: number, n: number, z = 1.959963984540054): [number, number] {
  const p = wins / n;
  const centre = p + (z * z) / (2 * n);
  const half = z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  const scale = 1 + (z * z) / n;
  return [Math.max(0, (centre - half) / scale), Math.min(1, (centre + half) / scale)];
}
