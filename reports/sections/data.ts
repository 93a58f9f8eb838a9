import { warnings } from '../../harness/inspect/warnings.js';
import type { StoredExperiment, StoredRun } from '../../harness/store/read.js';
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
    beginning: row.asked === null ? null : beginning(runs),
  };
}

/** What can be read of policies that knew nothing; null where they were given weights, or none has ended. */
function beginning(runs: readonly StoredRun[]): string | null {
  const compared = runs.filter(({ spec }) => spec.role === 'compared');
  const scratch = compared.every(({ spec: { policy } }) => policy.checkpoint === undefined);
  const size = compared.find(({ outcome }) => (outcome?.parameters ?? 0) > 0)?.outcome?.parameters;
  if (!scratch || size === undefined) return null;
  return (
    `Policies have ${size.toLocaleString('en')} parameters and began untrained: these texts are all that ` +
    'they know. This page can show how algorithms differ on these preferences at equal KL for such models; ' +
    'it cannot show how well a pretrained one would answer, nor that it would rank them alike.'
  );
}
