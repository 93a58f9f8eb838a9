import { TiltyardError } from '../errors.js';
import type { Experiment } from '../store/experiment.js';
import type { EvaluationSpec } from '../store/spec.js';
import type { Role } from './roles.js';

/**
 * A compared policy and its start are read on the same test prompts, with as many samples of each: that is
 * what differences and win rates between them are made of.
 * @throws TiltyardError naming the stage whose own evaluation section departs from its start's
 */
export function checkTestDraws(
  { stages, evaluation }: Experiment,
  roles: ReadonlyMap<string, Role>,
  source: string,
): void {
  const of = (stage: string, key: 'testPrompts' | 'samplesPerPrompt'): EvaluationSpec[typeof key] =>
    stages[stage]!.evaluation?.[key] ?? evaluation[key];
  for (const [name, { start }] of Object.entries(stages)) {
    if (start === null || roles.get(name) !== 'compared') continue;
    for (const key of ['testPrompts', 'samplesPerPrompt'] as const) {
      const [own, other] = [of(name, key), of(start, key)];
      if (own === other) continue;
      const what = `evaluation.${key} is ${own}, that of its start ${start} is ${other}`;
      const remedy = 'the two are compared prompt by prompt and sample by sample, give both the same';
      throw new TiltyardError('test-draws', `${source}: stage ${name}: ${what}; ${remedy}`);
    }
  }
}
