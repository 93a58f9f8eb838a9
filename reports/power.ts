import { wins } from '../harness/metrics/win-rate.js';
import { mean, standardDeviation } from '../harness/stats/moments.js';
import { promptsNeeded, seedsNeeded } from '../harness/stats/power.js';
import type { Entry } from './entries.js';
import { pairedSeeds } from './head-to-head.js';
import type { PowerReport } from './model.js';

/** Two points of win rate. */
const DELTA = 0.02;

/** What it would take to resolve DELTA, judged by how much these runs differ. */
export function power(start: Entry | null, entries: readonly Entry[]): PowerReport {
  const pairs = entries.flatMap((a, i) => entries.slice(i + 1).map((b) => [a, b] as const));
  const deviation = median(pairs.map(([a, b]) => standardDeviation(pairedSeeds(a, b).map((s) => mean(wins(s.a, s.b))))).filter((d) => Number.isFinite(d)));
  const outcomes = start === null ? [] : entries.map((e) => new Map(pairedSeeds(e, start).map((s) => [s.seed, wins(s.a, s.b)])));
  const correlations = outcomes.flatMap((a, i) => outcomes.slice(i + 1).flatMap((b) => [...a].flatMap(([seed, x]) => { const y = b.get(seed); return y === undefined || y.length !== x.length ? [] : [correlation(x, y)]; })));
  const known = median(correlations.filter((r) => Number.isFinite(r)));
  return { delta: DELTA, seeds: deviation === null ? null : seedsNeeded(DELTA, deviation), prompts: known === null ? null : promptsNeeded(DELTA, { correlation: Math.min(0.99, Math.max(0, known)) }), deviation, correlation: known };
}

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
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
