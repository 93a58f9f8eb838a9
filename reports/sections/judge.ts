import { accuracyOverSeeds } from '../../harness/stats/accuracy.js';
import { finished, type StoredExperiment } from '../../harness/store/read.js';
import { REWARD_FIGURES } from '../../harness/store/reward-figures.js';
import type { Report } from '../report/model.js';

/** The reward whose score stands for gold, and whether it is told apart from one that guesses. */
export function judgeOf({ experiment, runs }: StoredExperiment): Report['judge'] {
  const name = experiment.evaluation?.judge ?? null;
  if (name === null) return null;
  const summaries = runs.filter((run) => run.spec.stage === name && finished(run));
  const accuracy = accuracyOverSeeds(
    summaries.flatMap(({ outcome }) => {
      const { [REWARD_FIGURES.accuracy]: rate, [REWARD_FIGURES.pairs]: pairs } = outcome!.summary;
      return rate === undefined || pairs === undefined ? [] : [{ rate, pairs }];
    }),
  );
  return { name, accuracy, canJudge: accuracy === null ? null : accuracy.ci![0] > 0.5 };
}
