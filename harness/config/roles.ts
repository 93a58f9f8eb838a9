import { TiltyardError } from '../errors.js';
import type { Experiment } from '../store/experiment.js';
import { usedByOthers } from './graph.js';
import type { StagePlugins } from './stage-plugins.js';

export type Role = 'shared' | 'compared';

/**
 * Stage name -> role: what the file says, else shared where another stage builds on it or it gives a reward.
 */
export function stageRoles(experiment: Experiment, plugins: StagePlugins): Map<string, Role> {
  const used = usedByOthers(experiment);
  return new Map(
    Object.entries(experiment.stages).map(([name, { role }]) => {
      const serves = used.has(name) || plugins.get(name)!.plugin.gives === 'reward';
      return [name, role ?? (serves ? 'shared' : 'compared')];
    }),
  );
}

/** @throws TiltyardError where a stage that is not compared has a control */
export function checkControls(
  { stages }: Experiment,
  roles: ReadonlyMap<string, Role>,
  source: string,
): void {
  for (const [name, { control }] of Object.entries(stages)) {
    const role = roles.get(name)!;
    if (!control || role === 'compared') continue;
    const why = `control: true, but the stage is ${role}`;
    const remedy = 'only compared stages have a control, remove it there';
    throw new TiltyardError('control', `${source}: stage ${name}: ${why}; ${remedy}`);
  }
}
