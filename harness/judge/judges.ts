import { TiltyardError } from '../errors.js';
import type { Experiment, LlmJudge } from '../store/experiment.js';

const TEXTS = ['name', 'url', 'model', 'rubric'] as const;

/**
 * The language models that judge an experiment, as it is stored.
 * @throws TiltyardError for what is none: a folder is data
 */
export function judgesOf({ evaluation }: Pick<Experiment, 'evaluation'>): readonly LlmJudge[] {
  const judges: unknown = evaluation?.judges ?? [];
  const isJudge = (one: unknown): boolean =>
    typeof one === 'object' && one !== null && TEXTS.every((key) => typeof (one as never)[key] === 'string');
  if (Array.isArray(judges) && judges.every(isJudge)) return judges as readonly LlmJudge[];
  const what = 'evaluation.judges of the experiment are no judges; bring it back as it was';
  throw new TiltyardError('damaged', what);
}

/** Bases of the servers that they are behind, each once. */
export const serversOf = (experiment: Pick<Experiment, 'evaluation'>): string[] => [
  ...new Set(judgesOf(experiment).map(({ url }) => url)),
];
