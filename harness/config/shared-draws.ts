import { isDeepStrictEqual } from 'node:util';
import type { Experiment } from '../store/experiment.js';
import type { StagePlugins } from './stage-plugins.js';
import { validated } from './validate.js';
import { combinations } from './variants.js';

/**
 * How many completions of each prompt are drawn for a sampler and all that sample the same start, by the same
 * reward, on the same prompts: as many as the one that takes most.
 * @returns null where the stage takes no draws, or is the only configuration that does
 */
export function sharedDraws(
  name: string,
  { experiment, plugins, source }: { experiment: Experiment; plugins: StagePlugins; source: string },
): number | null {
  const own = experiment.stages[name]!;
  const taken = Object.entries(experiment.stages).flatMap(([other, stage]) => {
    const { plugin } = plugins.get(other)!;
    const alike =
      stage.start === own.start &&
      stage.reward === own.reward &&
      isDeepStrictEqual(stage.evaluation, own.evaluation);
    if (plugin.draws === undefined || !alike) return [];
    const where = `${source}: stage ${other}: ${plugin.name}`;
    return combinations(stage.sweep).map((swept) => {
      const params = { ...stage.params, ...swept };
      return plugin.draws!(validated<Record<string, unknown>>(plugin.params, params, where));
    });
  });
  if (plugins.get(name)!.plugin.draws === undefined || taken.length < 2) return null;
  return Math.max(...taken);
}
