import type { Prompt } from '../../contracts/dataset.js';
import { Rng } from '../../rng.js';
import type { EvaluatedSplit } from '../../store/shared.js';
import type { RunSpec } from '../../store/spec.js';
import type { TokenData } from '../data.js';

/** What an evaluation reads of a split: its prompts, and how often each is sampled. */
export interface Reading {
  readonly split: EvaluatedSplit;
  readonly prompts: readonly Prompt[];
  readonly samples: number;
}

/** What every evaluation during a run reads. */
export const onValidation = ({ evaluation }: RunSpec, { dataset }: TokenData): Reading => ({
  split: 'validation',
  prompts: dataset.prompts('validation').slice(0, evaluation.prompts),
  samples: 1,
});

/** What the evaluation at a run's end reads. */
export const onTest = ({ evaluation }: RunSpec, { dataset }: TokenData): Reading => ({
  split: 'test',
  prompts: dataset.prompts('test').slice(0, evaluation.testPrompts),
  samples: evaluation.samplesPerPrompt,
});

/** Validation prompts, and test prompts unless the run may not see them. */
export const readings = (spec: RunSpec, data: TokenData): readonly Reading[] =>
  spec.evaluation.blind === true
    ? [onValidation(spec, data)]
    : [onValidation(spec, data), onTest(spec, data)];

/** The randomness of a seed's evaluations. */
export const evaluationRng = (seed: number): Rng => Rng.fromSeed(seed).split('evaluation');

/** The randomness of a sample, the same for every algorithm, so that their differences are theirs. */
export const decodingStream = (rng: Rng, split: EvaluatedSplit, sample: number): Rng =>
  rng.split('evaluate', split, sample);
