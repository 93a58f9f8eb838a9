import { trainingFlops, trainingSeconds } from '../../harness/metrics/training-cost.js';
import { finished, type StoredRun } from '../../harness/store/read.js';
import { REWARD_FIGURES } from '../../harness/store/reward-figures.js';
import type { Report } from '../report/model.js';
import { NOT_NEGATIVE, perSeed } from './gather.js';

/** Of the first finished run; the size is that of the first network that has one. */
export function environment(done: readonly StoredRun[]): Report['environment'] {
  const first = done[0]?.outcome;
  if (first === null || first === undefined) return null;
  const { name, device, reason } = first.engine;
  const sizes = done.map((run) => run.outcome!.parameters);
  return {
    ...first.clock.environment,
    engine: name,
    device,
    engineReason: reason,
    parameters: sizes.find((parameters) => parameters > 0) ?? 0,
  };
}

/** One entry per reward model: what its runs say of it at their end. */
export function rewardModels(done: readonly StoredRun[]): Report['rewardModels'] {
  const rewards = done.filter((run) => REWARD_FIGURES.accuracy in run.outcome!.summary);
  return labelsOf(rewards).map((label) => {
    const summaries = rewards.filter((run) => run.spec.label === label).map((run) => run.outcome!.summary);
    const measures = [...new Set(summaries.flatMap((summary) => Object.keys(summary)))].sort();
    const figures = measures.flatMap((measure) => {
      const figure = perSeed(summaries.map((summary) => summary[measure]));
      return figure === null ? [] : [[measure, figure] as const];
    });
    return { name: label, runs: summaries.length, figures: Object.fromEntries(figures) };
  });
}

export function sharedStages(all: readonly StoredRun[]): Report['sharedStages'] {
  // What measures and draws for others is evaluation, or charged to those that take it.
  const built = (kind: string): boolean => kind === 'train' || kind === 'collect';
  const shared = all.filter(({ spec }) => spec.role === 'shared' && built(spec.kind));
  return labelsOf(shared).map((label) => {
    const outcomes = shared
      .filter((run) => run.spec.label === label && finished(run))
      .map((run) => run.outcome!);
    return {
      stage: label,
      runs: outcomes.length,
      flops: perSeed(
        outcomes.map((outcome) => trainingFlops(outcome.ledger)),
        NOT_NEGATIVE,
      ),
      seconds: perSeed(outcomes.map(trainingSeconds), NOT_NEGATIVE),
    };
  });
}

const labelsOf = (runs: readonly StoredRun[]): string[] => [...new Set(runs.map((run) => run.spec.label))];

/** Runs that did not finish, and those that their time budget stopped. */
export function failures(all: readonly StoredRun[]): Report['failures'] {
  const failed = all.filter((run) => !finished(run) || run.outcome!.outcome === 'timed-out');
  return failed.map((run) => ({
    run: run.spec.id,
    label: run.spec.label,
    seed: run.spec.seed,
    outcome: run.outcome?.outcome ?? 'unfinished',
    cause: causeOf(run),
  }));
}

function causeOf({ outcome }: StoredRun): string {
  if (outcome === null) {
    return 'no outcome was written: still running, or killed; tiltyard resume goes on with it';
  }
  return outcome.cause?.message ?? (outcome.outcome === 'timed-out' ? 'stopped at its time budget' : '');
}
