import { wins } from '../../harness/metrics/win-rate.js';
import { mean, standardDeviation } from '../../harness/stats/moments.js';
import { promptsNeeded, seedsNeeded } from '../../harness/stats/power.js';
import { type Entrant, familyEntrants, pairedSamples } from './entrants.js';
import { type Gathered, pairsOf } from './gather.js';
import type { PowerReport } from '../report/comparisons.js';

/** Points of win rate that a comparison should resolve. */
const DELTA = 0.02;

/** From the spread and correlation seen in the head-to-heads between families. */
export function power({ families, startOf }: Gathered): PowerReport {
  const pairs = pairsOf(familyEntrants(families));
  const deviation = medianOfFinite(pairs.map(([a, b]) => rateDeviation(a, b)));
  const correlation = medianOfFinite(pairs.map(([a, b]) => outcomeCorrelation(a, b, startOf)));
  return {
    delta: DELTA,
    seeds: deviation === null ? null : seedsNeeded(DELTA, deviation),
    prompts: correlation === null ? null : promptsNeeded(DELTA, { correlation }),
    deviation,
    correlation,
  };
}

/** Of the win rate of one over the other, between seeds. */
const rateDeviation = (a: Entrant, b: Entrant): number =>
  standardDeviation(pairedSamples(a, b).map(({ pair }) => mean(wins(pair.a, pair.b))));

/** How far two agree on which prompts they win against the start: mean over seeds, NaN where none tells. */
function outcomeCorrelation(a: Entrant, b: Entrant, startOf: Gathered['startOf']): number {
  const start = startsOf(a, startOf);
  const ofB = new Map(pairedSamples(b, start).map(({ seed, pair }) => [seed, pair]));
  const bySeed = pairedSamples(a, start).flatMap(({ seed, pair }) => {
    const other = ofB.get(seed);
    if (other === undefined || other.a.length !== pair.a.length) return [];
    return [pearson(wins(pair.a, pair.b), wins(other.a, other.b))];
  });
  return mean(bySeed.filter(Number.isFinite));
}

/** The start in place of what came of it, seed by seed. */
function startsOf(entrant: Entrant, startOf: Gathered['startOf']): Entrant {
  const entries = entrant.entries.flatMap((entry) => {
    const start = startOf(entry);
    return start === null ? [] : [{ ...start, seed: entry.seed }];
  });
  return { ...entrant, entries };
}

/** Pearson's correlation; NaN where either does not vary. */
function pearson(x: Float64Array, y: Float64Array): number {
  const [mx, my] = [mean(x), mean(y)];
  let [sxy, sxx, syy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    sxy += (x[i]! - mx) * (y[i]! - my);
    sxx += (x[i]! - mx) ** 2;
    syy += (y[i]! - my) ** 2;
  }
  return sxy / Math.sqrt(sxx * syy);
}

function medianOfFinite(values: readonly number[]): number | null {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return null;
  const sorted = finite.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
