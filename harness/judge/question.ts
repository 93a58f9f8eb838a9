import { hashOf } from '../hash.js';
import type { LlmJudge } from '../store/experiment.js';

/** Two answers to a prompt, in the order in which a judge is shown them. */
export interface Question {
  readonly prompt: string;
  readonly first: string;
  readonly second: string;
}

/** A question, with where its texts stand. */
export interface Asked extends Question {
  readonly key: string;
  readonly about: { readonly prompt: string; readonly first: string; readonly second: string };
}

/** Rises with the words in which a question is put, so that no verdict stands for another question. */
const WORDING = 1;

/** What decides a verdict and nothing else: not where the server is, nor how often it may be asked. */
export const keyOf = (
  { name, model, rubric }: Pick<LlmJudge, 'name' | 'model' | 'rubric'>,
  { prompt, first, second }: Question,
): string => hashOf({ wording: WORDING, name, model, rubric, prompt, first, second });
