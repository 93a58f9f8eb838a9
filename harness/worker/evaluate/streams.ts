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

/** Validation prompts, and test prompts unless the run may not see them. */
export function readings({ evaluation }: RunSpec, { dataset }: TokenData): readonly Reading[] {
  const { prompts, testPrompts, samplesPerPrompt, blind } = evaluation;
  const validation = dataset.prompts('validation').slice(0, prompts);
  const onValidation: Reading = { split: 'validation', prompts: validation, samples: 1 };
  if (blind === true) return [onValidation];
  const test = dataset.prompts('test').slice(0, testPrompts);
  return [onValidation, { split: 'test', prompts: test, samples: samplesPerPrompt }];
}

/** The randomness of a seed's evaluations. */
export const evaluationRng = (seed: number): Rng => Rng.fromSeed(seed).split('evaluation');

/** The randomness of a sample, the same for every algorithm, so that their differences are theirs. */
export const decodingStream = (rng: Rng, split: EvaluatedSplit, sample: number): Rng =>
  rng.split('evaluate', split, sample);
