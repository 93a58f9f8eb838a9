import { filledInWords } from '../../harness/inspect/filled.js';
import { ofSampler } from '../report/kl.js';
import { cardNotes } from './cards.js';
import { ALL_MEET } from './entrants.js';
import type { Gathered } from './gather.js';
import { rowsByPrompt } from './prompts.js';

const COMPUTE =
  'Compute is what an algorithm adds: its own training and rollouts, and the training of the reward it ' +
  'uses. Shared stages (listed apart) and evaluation are not charged.';

const PAIRED =
  'Every figure is paired by seed, prompt and decoding randomness. KL is against the starting policy, in ' +
  'nats per sequence, at temperature 1.';

const SAMPLERS =
  'An algorithm that draws on top of the policy (best of several) pays at every answer: it is not compared ' +
  'at equal training compute, but by the number of answers at which training breaks even. In the table it ' +
  'is charged for the draws behind the answers that it was judged by.';

const BUDGETS =
  'A family’s value within a KL budget is that of the best mixture of its policies, chosen on validation ' +
  'prompts and read on test prompts; a mixture draws one of them for every completion. The primary figure ' +
  'is the mean over budgets. Only policies trained to the end of their schedule are used (METHOD.md).';

const AHEAD =
  'Ahead means that a two-sided test of per-seed differences, corrected for the comparisons beside it, is ' +
  'below .05; match that two one-sided tests put the difference within the margin, corrected alike. What ' +
  'is exploratory has intervals and q-values and says neither.';

const SHARED_DRAWS =
  'Each test prompt has one sample a policy, so that win rates compare samples that share their decoding ' +
  'stream, which biases them by some points; samplesPerPrompt: 2 gives independent draws.';

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
    BUDGETS,
    ...(families.length > 1 ? [AHEAD] : []),
    ...(groups.length > ALL_MEET ? [tunedAlone(groups.length)] : []),
    ...(done.some((run) => run.outcome!.clock.concurrent) ? [CONCURRENT] : []),
    ...(isSingle(groups) ? [SHARED_DRAWS] : []),
    ...filledInWords(stored.stages).map((sentence) => `${sentence}.`),
    ...given(done),
    ...(devices.length > 1 ? [apart(devices)] : []),
    ...cardNotes(done),
  ];
}

/** Reward models that began as somebody's own. */
function given(done: Gathered['done']): string[] {
  const begun = done.flatMap(({ spec: { stage, checkpoint }, outcome }) =>
    checkpoint === undefined ? [] : [{ stage, checkpoint, isTrained: outcome!.steps > 0 }],
  );
  return [
    ...new Set(
      begun.map(({ stage, checkpoint: { path, hash }, isTrained }) => {
        const more = isTrained ? 'and was trained on from there' : 'and was taken as it is';
        return (
          `${stage} began as the reward model in ${path} (${hash.slice(0, 12)}) ${more}; what that was ` +
          'trained on is not known here, test prompts may be among it.'
        );
      }),
    ),
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
  const few =
    n < 5 ? 'Fewer than five: only differences of several standard deviations can be told apart. ' : '';
  return [`${intervals} ${few}Ten seeds or more are needed for intervals a paper should rest on.`];
}

/** Whether policies have one sample a test prompt. */
const isSingle = (groups: Gathered['groups']): boolean =>
  groups.some(({ loaded }) =>
    loaded.some(({ samples }) => samples !== null && rowsByPrompt(samples.keys).size === samples.keys.length),
  );

const tunedAlone = (configurations: number): string =>
  `${configurations} configurations: only what tuning chose of each family meets head to head and is ranked.`;

const apart = (devices: readonly string[]): string =>
  `Runs came from different devices (${devices.join(', ')}); they are listed apart and never merged, and ` +
  'families are compared on the one that most runs finished on.';
