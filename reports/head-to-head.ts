import { softWins, wins } from '../harness/metrics/win-rate.js';
import { holm } from '../harness/stats/correction.js';
import { figureOverSeeds } from '../harness/stats/interval.js';
import { mean } from '../harness/stats/moments.js';
import { pairedTTest } from '../harness/stats/t-test.js';
import type { Entry } from './entries.js';
import { RATE } from './loaded.js';
import type { HeadToHead } from './model.js';
import { pairedGold } from './rows.js';

/** Gold rewards of two entries on the prompts they share, seed by seed. */
export const pairedSeeds = (a: Entry, b: Entry): { readonly seed: number; readonly a: Float64Array; readonly b: Float64Array }[] =>
  [...a.bySeed].flatMap(([seed, x]) => {
    const y = b.bySeed.get(seed);
    if (x.samples === null || y?.samples == null) return [];
    const paired = pairedGold(x.samples, y.samples);
    return paired.a.length === 0 ? [] : [{ seed, ...paired }];
  });

/** Every pair of entries of one device. */
export function headToHead(entries: readonly Entry[]): HeadToHead[] {
  const out: Omit<HeadToHead, 'adjustedP'>[] = [];
  const p: (number | null)[] = [];
  entries.forEach((a, i) => {
    for (const b of entries.slice(i + 1)) {
      if (a.device !== b.device && a.bySeed.size > 0 && b.bySeed.size > 0) continue;
      const pairs = pairedSeeds(a, b);
      const differences = pairs.map((s) => s.a.map((x, k) => x - s.b[k]!));
      out.push({ a: a.name, b: b.name, winRate: figureOverSeeds(pairs.map((s) => wins(s.a, s.b)), RATE), softWinRate: figureOverSeeds(pairs.map((s) => softWins(s.a, s.b)), RATE), goldDifference: figureOverSeeds(differences) });
      p.push(pairedTTest(differences.map(mean)));
    }
  });
  const adjusted = holm(p.filter((x) => x !== null));
  let next = 0;
  return out.map((row, i) => ({ ...row, adjustedP: p[i] === null ? null : adjusted[next++]! }));
}
