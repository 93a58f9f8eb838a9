import { mean } from './moments.js';

/** Least-squares slope of y on x. Null where all x are the same. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number | null {
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const spread = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  if (spread === 0) return null;
  return points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread;
}
