import { ofSampler } from '../report/kl.js';
import { ALL_MEET } from './entrants.js';
import type { Gathered } from './gather.js';

const COMPUTE =
  'Compute is what an algorithm adds: its own training and rollouts, and the training of the reward it ' +
  'uses. Shared stages (listed apart) and evaluation are not charged.';

const PAIRED =
  'Every figure is paired by seed, prompt and decoding randomness. KL is against the starting policy, in ' +
  'nats per sequence, at temperature 1.';

const SAMPLERS =
  'An algorithm that draws on top of the policy (best of several) pays at every answer. It is charged for ' +
  'the draws behind the answers it is judged by, so its cost grows with the prompts of an evaluation: at ' +
  'equal compute those of the validation prompts, in the tables those of the test prompts too. A trained ' +
  'policy answers at the cost of one draw.';

const TUNED =
  'Tuned: in each seed the configuration whose proxy reward on validation prompts is highest, never ' +
  'chosen by gold reward; its figures are those on test prompts.';

const AHEAD =
  'Ahead means that the 95 % interval excludes 0 and, where several are compared, that the Holm-adjusted ' +
  'p-value of a paired t test over seeds is below .05; a match means that two one-sided tests place the ' +
  'difference within 0.02 of the best gain over the start.';

const CONCURRENT =
  'Runs shared the cores: clock times are concurrent and comparable only among themselves; FLOPs are not ' +
  'affected.';

/** What a reader must know to read the figures. */
export function notes({ stored, done, devices, groups, families }: Gathered): string[] {
  const hasSampler = groups.some((group) => group.loaded.some(({ evals }) => evals.some(ofSampler)));
  return [
    ...seeds(stored.experiment.seeds.length),
    PAIRED,
    COMPUTE,
    ...(hasSampler ? [SAMPLERS] : []),
    ...(families.some((family) => family.groups.length > 1) ? [TUNED] : []),
    ...(families.length > 1 ? [AHEAD] : []),
    ...(groups.length > ALL_MEET ? [tunedAlone(groups.length)] : []),
    ...(done.some((run) => run.outcome!.clock.concurrent) ? [CONCURRENT] : []),
    ...(devices.length > 1 ? [apart(devices)] : []),
  ];
}

function seeds(n: number): string[] {
  if (n >= 10) return [];
  if (n === 1) {
    return [
      'One pipeline seed: intervals come from prompts alone and say nothing about another draw of data or ' +
        'weights.',
    ];
  }
  const intervals = `${n} pipeline seeds: intervals are Student t over the seeds' means.`;
  return [`${intervals} Ten seeds or more are needed for intervals a paper should rest on.`];
}

const tunedAlone = (configurations: number): string =>
  `${configurations} configurations: only what tuning chose of each family meets head to head and is ranked.`;

const apart = (devices: readonly string[]): string =>
  `Runs came from different devices (${devices.join(', ')}); they are listed apart and never merged.`;
