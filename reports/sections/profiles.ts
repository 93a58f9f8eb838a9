import { performanceProfile } from '../../harness/stats/aggregate.js';
import { seedBootstrap } from '../../harness/stats/seed-bootstrap.js';
import type { Gathered } from './gather.js';
import type { ProfileRow } from '../report/comparisons.js';
import { normalised, type Scores } from './scores.js';

const THRESHOLDS = Array.from({ length: 25 }, (_, i) => i / 20);

/** One row per variant with at least two seeds: a single seed has a score and no profile. */
export function profiles({ groups }: Gathered, scores: Scores): ProfileRow[] {
  return groups.flatMap((group) => {
    const gains = normalised(scores, group);
    if (gains === null || gains.length < 2) return [];
    const share = performanceProfile([[...gains]], THRESHOLDS);
    const bands = seedBootstrap([gains], gains.length, (seeds) => sharesAbove(gains, seeds));
    return [
      {
        name: group.name,
        thresholds: THRESHOLDS,
        share,
        lo: bands.map((b) => Math.max(0, b![0])),
        hi: bands.map((b) => Math.min(1, b![1])),
      },
    ];
  });
}

/**
 * Share of these seeds above each threshold; thresholds rise, so the first that is not exceeded ends a
 * seed's.
 */
function sharesAbove(gains: Float64Array, seeds: Uint32Array): Float64Array {
  const shares = new Float64Array(THRESHOLDS.length);
  for (const seed of seeds) {
    for (let k = 0; k < shares.length && gains[seed]! > THRESHOLDS[k]!; k++) shares[k]! += 1 / seeds.length;
  }
  return shares;
}
