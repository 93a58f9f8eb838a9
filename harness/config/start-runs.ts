import type { RunSpec } from '../store/spec.js';

/** What the runs of one start share is worked out once, by runs that no stage of the file stands for. */

export const MEASURE = 'measure';
export const DRAW = 'draw';
export const SCORE = 'score';
/** Stages that a plan adds itself, whose names are taken. */
export const ADDED: readonly string[] = [MEASURE, DRAW, SCORE];

type Draft = Omit<RunSpec, 'id'>;

/**
 * What measures the start of a compared run, on the same prompts. It hangs on nothing else of the run, so
 * that runs of one start have it in common.
 * @param variant label of the variant that is measured; null for what policies begin as
 * @param pairs id of the collection; null without
 */
export function measureRun(reader: Draft, variant: string | null, pairs: string | null): Draft {
  const { start, judge } = reader.inputs;
  return {
    ...added(reader, MEASURE, [variant ?? 'initial']),
    inputs: {
      start,
      pairs,
      reward: null,
      proxy: null,
      ...(judge === undefined ? {} : { judge }),
    },
  };
}

/**
 * What makes the draws that a sampler, and others like it, choose among.
 * @param on labels of the start's variant and the reward's
 * @param draws of each prompt
 */
export function drawRun(reader: Draft, on: readonly string[], draws: number): Draft {
  const { start, reward } = reader.inputs;
  return {
    ...added(reader, DRAW, on),
    inputs: { start, pairs: null, reward, proxy: null },
    draws,
  };
}

/**
 * What scores the collected pairs by the reward that labels them anew, for all runs that learn from these
 * labels.
 * @param reward label of its variant
 */
export function scoreRun(reader: Draft, reward: string): Draft {
  const { pairs, relabel } = reader.inputs;
  return {
    ...added(reader, SCORE, [reward]),
    inputs: { start: null, pairs, reward: relabel!, proxy: null },
    evaluation: { ...reader.evaluation, every: 0, prompts: 0, testPrompts: 0 },
  };
}

function added(
  reader: Draft,
  kind: 'measure' | 'draw' | 'score',
  on: readonly string[],
): Omit<Draft, 'inputs'> {
  const { storeVersion, seed, dataset, policy, engine, checkpointEvery, evaluation, budget } = reader;
  return {
    storeVersion,
    seed,
    dataset,
    policy,
    engine,
    checkpointEvery,
    kind,
    stage: kind,
    label: `${kind}[${on.join(',')}]`,
    role: 'shared',
    algorithm: null,
    replica: 0,
    completions: 'chosen',
    collect: null,
    evaluation: { ...evaluation, every: 0 },
    budget: { maxSteps: null, maxSeconds: budget.maxSeconds },
  };
}
