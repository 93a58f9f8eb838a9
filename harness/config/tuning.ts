import { TiltyardError } from '../errors.js';
import type { Experiment } from '../store/experiment.js';
import type { RunSpec } from '../store/spec.js';

/**
 * The tuning section with what chooses filled in: a chooser where the file names one, otherwise the proxy.
 * @throws TiltyardError where it asks for what is not there to choose by
 */
export function resolveTuning(
  { tuning, collect }: Pick<Experiment, 'tuning' | 'collect'>,
  source: string,
): Experiment['tuning'] {
  const { equal, chooser = null } = tuning;
  const by = tuning.by ?? (chooser === null ? 'proxy' : 'chooser');
  if (by === 'chooser' && chooser === null) {
    const remedy = 'name a stage in tuning.chooser that gives a reward and has pairs: heldout';
    throw new TiltyardError('no-chooser', `${source}: tuning.by: chooser, but there is none; ${remedy}`);
  }
  if (by === 'pairs' && (collect?.heldoutPairs ?? 0) === 0) {
    const remedy = 'set collect.heldoutPairs, or tuning.by: proxy';
    throw new TiltyardError('no-heldout', `${source}: tuning.by: pairs needs held-out pairs; ${remedy}`);
  }
  return { equal, by, chooser };
}

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
