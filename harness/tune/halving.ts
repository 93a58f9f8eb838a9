import type { Trials } from './trials.js';

/** A strength, and the rates that are still in the race at it. */
export interface Row {
  readonly strength: number;
  readonly rates: readonly number[];
}

/** Rates of a strength that go through the whole schedule. */
const FINALISTS = 2;

/**
 * Shares of the schedule at which `candidates` are tried, each twice the one before and the last 1, so that
 * halving leaves two for the whole of it: 7 candidates are tried at 1/4, 4 at 1/2, 2 at 1. Every rung then
 * costs about the same (Jamieson & Talwalkar 2016, https://arxiv.org/abs/1502.07943, figure 3).
 */
export function shares(candidates: number): number[] {
  let rungs = 1;
  for (let n = candidates; n > FINALISTS; n = half(n)) rungs++;
  return Array.from({ length: rungs }, (_, i) => 2 ** (i + 1 - rungs));
}

/** Of each strength the better half of its rates, those that dropped out last; equals stay as they were. */
export function survivors(rows: readonly Row[], trials: Trials, share: number): Row[] {
  return rows.map(({ strength, rates }) => {
    const alive = rates.filter((rate) => !trials.dropped({ strength, rate }));
    const worthOf = (rate: number): number => trials.worth({ strength, rate }, share)!;
    const kept = new Set(alive.toSorted((a, b) => worthOf(b) - worthOf(a)).slice(0, half(rates.length)));
    return { strength, rates: rates.filter((rate) => kept.has(rate)) };
  });
}

const half = (n: number): number => Math.max(FINALISTS, Math.ceil(n / 2));
