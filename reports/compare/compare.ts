import { TiltyardError } from '../../harness/errors.js';
import { holm } from '../../harness/stats/correction.js';
import { finished, type StoredExperiment } from '../../harness/store/read.js';
import { gather } from '../sections/gather.js';
import { algorithmChange, type TestedAlgorithm } from './algorithm.js';
import { answers } from './answers.js';
import { failuresOf } from './failures.js';
import type { AlgorithmChange, Comparison, Side } from './model.js';
import { clockReason, notes } from './notes.js';
import { setupChanges } from './setup.js';

/** Family-wise error of "some gold reward fell". */
const ALPHA = 0.05;

/**
 * What changed from folder A to folder B, by how much, with 95 % intervals. Reads the store, writes nothing.
 * @throws TiltyardError (no-results) for a folder in which no run has finished
 */
export function compare(a: StoredExperiment, b: StoredExperiment): Comparison {
  for (const stored of [a, b]) if (!stored.runs.some(finished)) throw noResults(stored);
  const [labelsA, labelsB] = [labels(a), labels(b)];
  const both = labelsA.filter((label) => labelsB.includes(label));
  const clock = clockReason(a, b);
  const [gatheredA, gatheredB] = [gather(a), gather(b)];
  const algorithms = adjusted(
    both.map((label) => algorithmChange(label, gatheredA, gatheredB, clock === null)),
  );
  const failures = failuresOf(a, b);
  return {
    a: side(a),
    b: side(b),
    setup: setupChanges(a, b),
    answer: answers(a, b),
    algorithms,
    onlyA: labelsA.filter((label) => !labelsB.includes(label)),
    onlyB: labelsB.filter((label) => !labelsA.includes(label)),
    failures,
    clock,
    notes: [...notes(a, 'A'), ...notes(b, 'B')],
    regression: failures.broken.length > 0 || algorithms.some(fell),
  };
}

const noResults = ({ dir, runs }: StoredExperiment): TiltyardError =>
  new TiltyardError(
    'no-results',
    `${dir}: none of its ${runs.length} runs has finished, and a comparison wants at least one; ` +
      `finish it with: tiltyard resume ${dir}`,
  );

const labels = ({ runs }: StoredExperiment): string[] => {
  const compared = runs.filter(({ spec }) => spec.role === 'compared');
  return [...new Set(compared.map(({ spec }) => spec.label))];
};

const side = ({ dir, experiment, hash }: StoredExperiment): Side => ({
  dir,
  name: experiment.name,
  experimentHash: hash,
  seeds: experiment.seeds,
});

/** With Holm's correction over the algorithms that have a p-value. */
function adjusted(changes: readonly TestedAlgorithm[]): AlgorithmChange[] {
  const p = holm(changes.flatMap((change) => (change.p === null ? [] : [change.p])));
  let next = 0;
  return changes.map((change) => ({ ...change.row, adjustedP: change.p === null ? null : p[next++]! }));
}

const fell = ({ goldReward, adjustedP }: AlgorithmChange): boolean =>
  (goldReward?.ci?.[1] ?? 0) < 0 && adjustedP !== null && adjustedP < ALPHA;
