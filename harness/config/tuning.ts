import { TiltyardError } from '../errors.js';
import type { RunSpec } from '../store/spec.js';

/** Configurations of each compared stage: its variants, the inherited ones included. */
export function configurations(runs: readonly RunSpec[]): Map<string, number> {
  const labels = new Map<string, Set<string>>();
  for (const { role, stage, label } of runs) {
    if (role === 'compared') labels.set(stage, (labels.get(stage) ?? new Set()).add(label));
  }
  return new Map([...labels].map(([stage, own]) => [stage, own.size]));
}

/** @throws TiltyardError where compared stages have different numbers of configurations */
export function checkTuning(runs: readonly RunSpec[], source: string): void {
  const counts = configurations(runs);
  if (new Set(counts.values()).size <= 1) return;
  const listed = [...counts].map(([stage, n]) => `${stage}: ${n}`).join(', ');
  const remedy = 'give each the same number of swept values, or set tuning.equal: false';
  throw new TiltyardError(
    'unequal-tuning',
    `${source}: tuning.equal: configurations of the compared stages differ: ${listed}; ${remedy}`,
  );
}
