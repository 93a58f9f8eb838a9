import { wins } from '../../harness/metrics/win-rate.js';
import { mean, standardDeviation } from '../../harness/stats/moments.js';
import { promptsNeeded, seedsNeeded } from '../../harness/stats/power.js';
import { familyEntrants } from './entrants.js';
import { type Gathered, pairsOf } from './gather.js';
import { met } from './head-to-head.js';
import type { PowerReport } from '../report/comparisons.js';

/** Points of win rate that a comparison should resolve. */
const DELTA = 0.02;

/** From the spread and correlation seen in the head-to-heads between families. */
export function power({ families, startOf }: Gathered): PowerReport {
  const pairs = pairsOf(familyEntrants(families));
  const deviations = pairs.map(([a, b]) => standardDeviation(met(a, b).map(({ pair }) => mean(wins(pair.a, pair.b)))));
  const correlations = pairs.map(([a, b]) => {
    const start = { ...a, entries: a.entries.flatMap((entry) => { const s = startOf(entry); return s === null ? [] : [{ ...s, seed: entry.seed }]; }) };
    const others = new Map(met(b, start).map(({ seed, pair }) => [seed, pair]));
    const bySeed = met(a, start).flatMap(({ seed, pair }) => {
      const other = others.get(seed);
      return other === undefined || other.a.length !== pair.a.length ? [] : [correlation(wins(pair.a, pair.b), wins(other.a, other.b))];
    });
    return mean(bySeed.filter(Number.isFinite));
  });
  const [deviation, shared] = [median(deviations.filter(Number.isFinite)), median(correlations.filter(Number.isFinite))];
  return {
    delta: DELTA,
    seeds: deviation === null ? null : seedsNeeded(DELTA, deviation),
    prompts: shared === null ? null : promptsNeeded(DELTA, { correlation: shared }),
    deviation,
    correlation: shared,
  };
}

/** Pearson's; NaN where either does not vary. */
function correlation(x: Float64Array, y: Float64Array): number {
  const [mx, my] = [mean(x), mean(y)];
  let [sxy, sxx, syy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    sxy += (x[i]! - mx) * (y[i]! - my);
    sxx += (x[i]! - mx) ** 2;
    syy += (y[i]! - my) ** 2;
  }
  return sxy / Math.sqrt(sxx * syy);
}

function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
