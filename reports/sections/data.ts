import { warnings } from '../../harness/inspect/warnings.js';
import type { StoredExperiment } from '../../harness/store/read.js';
import type { DataReport } from '../report/data.js';

/** What was trained on, as it was counted before the first run; null for worlds. */
export function data({ data: row, runs }: StoredExperiment): DataReport | null {
  if (row === null) return null;
  const collected = runs.filter(({ spec }) => spec.kind === 'collect');
  const given = (which: 'pairs' | 'heldoutPairs'): number[] =>
    collected.flatMap(({ outcome }) => outcome?.summary[which] ?? []);
  return {
    ...row,
    asked: row.asked && {
      pairs: { ...row.asked.pairs, given: given('pairs') },
      heldoutPairs: { ...row.asked.heldoutPairs, given: given('heldoutPairs') },
    },
    warnings: warnings(row),
  };
}
