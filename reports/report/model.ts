import { algorithmRow } from './algorithms.js';
import {
  answer,
  breakEvenRow,
  computeComparison,
  frontierRow,
  gridRow,
  ladder,
  rewardOnPolicy,
} from './answer.js';
import { curvePoint, environment, failure, rewardModel, sampleSet, sharedStage } from './background.js';
import { controlReport, headToHead } from './comparisons.js';
import { dataReport } from './data.js';
import { judging } from './judging.js';
import { maybeFigure } from './parts.js';
import {
  anyObject,
  array,
  boolean,
  constant,
  described,
  integer,
  nullable,
  object,
  optionally,
  type Static,
  text,
} from './schema-builder.js';

/** Rises when a reader of an older report.json would misread a newer one. */
export const REPORT_VERSION = 4;

const always = object({
  schemaVersion: constant(REPORT_VERSION),
  name: text,
  description: text,
  experimentHash: text,
  seeds: array(integer),
  dataset: object({ name: text, params: anyObject }),
  policy: anyObject,
  environment: nullable(environment),
  answer,
  judge: described(
    'Where the data has no gold reward: the reward model whose score stands for it, and how often it ' +
      'ranks pairs it has not learned from as labelled.',
    nullable(
      object({
        name: text,
        accuracy: maybeFigure,
        canJudge: described(
          'Whether the interval of its accuracy, over pairs and seeds, lies above one half; null where ' +
            'that is not known. Where it does not, nothing that rests on it is reported.',
          nullable(boolean),
        ),
      }),
    ),
  ),
  reference: nullable(
    object({ name: text, goldReward: maybeFigure, proxyReward: maybeFigure, length: maybeFigure }),
  ),
  chosen: nullable(object({ goldReward: maybeFigure })),
  algorithms: array(algorithmRow),
  frontiers: described('Unions of paradigms first, then families.', array(frontierRow)),
  ladder: nullable(ladder),
  compute: described('The unions first, then pairs of families.', array(computeComparison)),
  breakEven: array(breakEvenRow),
  grids: array(gridRow),
  rewardsOnPolicies: array(rewardOnPolicy),
  headToHead: described('Configurations against each other: exploratory.', array(headToHead)),
  control: controlReport,
  curves: array(curvePoint),
  rewardModels: array(rewardModel),
  sharedStages: array(sharedStage),
  samples: array(sampleSet),
  failures: array(failure),
  deviations: described(
    'Where the runs depart from what was planned and hashed before the first of them.',
    array(text),
  ),
  notes: array(text),
});

/** report.json. Everything in it is computed from stored rows. */
export const report = optionally(
  {
    data: described('What was trained on; absent for worlds, whose data is made by sampling.', dataReport),
    judging: described(
      'What language models say of the policies, once the runs have ended; absent where none was to.',
      judging,
    ),
    damages: described(
      'Files that are not as they were written, a sentence each; absent where all are.',
      array(text),
    ),
  },
  always,
);
export type Report = Static<typeof report>;
