import { performanceProfile } from '../../harness/stats/aggregate.js';
import { seedBootstrap } from '../../harness/stats/seed-bootstrap.js';
import type { Gathered } from './gather.js';
import type { ProfileRow } from '../report/comparisons.js';
import { normalised, type Scores } from './scores.js';

const THRESHOLDS = Array.from({ length: 25 }, (_, i) => i / 20);

/** One row per variant with at least two seeds: a single seed has a score and no profile. */
export function profiles({ groups }: Gathered, scores: Scores): ProfileRow[] {
  return groups.flatMap((group) => {
    const x = normalised(scores, group);
    if (x === null || x.length < 2) return [];
    const share = performanceProfile([[...x]], THRESHOLDS);
    const bands = seedBootstrap([x], x.length, (seeds) => {
      const out = new Float64Array(THRESHOLDS.length);
      for (const s of seeds)
        for (let k = 0; k < out.length && x[s]! > THRESHOLDS[k]!; k++) out[k]! += 1 / seeds.length;
      return out;
    });
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
